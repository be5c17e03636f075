"""Machine translation on this machine, without an account, a key or a bill.

`backend.LocalEngine` is the engine; a `model.Model` translates sentences, and knows nothing of books: `ctranslate`
runs packages of Argos Translate and conversions of OPUS-MT, `firefox` the models of Firefox. `spans` puts marks into
what they wrote, `stand_ins` does where a model says nothing of words, `packages` opens packages that nobody vouches
for.
"""
