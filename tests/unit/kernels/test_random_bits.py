"""Random bits: those of the published generator, and as many ones as zeros."""

import numpy as np

from wenmai.kernels.random_bits import random_bits


def test_they_are_those_of_splitmix64():
    # The first numbers of the reference program by Sebastiano Vigna, seed 1234567.
    wanted = [6457827717110365317, 3203168211198807973, 9817491932198370423, 4593380528125082431, 16408922859458223821]
    assert random_bits(1234567, 5).tolist() == wanted


def test_every_bit_is_set_half_of_the_time():
    bits = np.unpackbits(random_bits(2**64 - 1, 20_000).view(np.uint8).reshape(-1, 8), axis=1)
    assert np.abs(bits.mean(axis=0) - 0.5).max() < 5 * 0.5 / 20_000**0.5


def test_another_seed_draws_other_numbers():
    assert len(random_bits(0, 0)) == 0
    assert not np.intersect1d(random_bits(1, 1000), random_bits(2, 1000)).size
