"""Other people's file formats: word vectors in and out."""
