"""Blocks: what several networks are made of; tensors in, tensors out."""
