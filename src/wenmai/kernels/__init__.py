"""Hot loops in Numba: arrays in, arrays out, no Python objects inside, no lock held while they run."""
