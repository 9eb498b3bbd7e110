"""Task families: what a label, a prediction and a score mean, whatever the model and the file."""
