"""From a person's text to the pieces a model reads: clean, segment, sentences, vocabulary, tokenizer, pipeline."""
