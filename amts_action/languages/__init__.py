"""What depends on the language of a text: where its sentences end."""
