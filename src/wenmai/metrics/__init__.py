"""How good answers are: arrays in, numbers out; scikit-learn is the reference for every one of them."""
