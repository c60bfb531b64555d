"""The page of `serve`: what it says and does (`desk`), what it shows (`cards`, `film`), and the server (`serving`)."""
