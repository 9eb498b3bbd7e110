"""What is offered over trained models: queries to word vectors, their evaluation, maps of them."""
