"""The ground every other layer stands on: errors, configs, schemas and safe files."""
