"""Readers of tagged text: columns, spans of characters, segmented text, words with their tags, parallel files."""
