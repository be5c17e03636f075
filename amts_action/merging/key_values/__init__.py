"""Options and front matter: keys and values with their places in the text, and three versions of them merged."""
