"""From pieces to arrays: what models compute on."""
