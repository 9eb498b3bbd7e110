"""The lineage, one family a file: the paper, a config of a few typed fields, what it builds, its presets."""
