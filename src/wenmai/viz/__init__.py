"""Charts as SVG text: arrays in, pictures out that follow the colours of the page they stand on."""
