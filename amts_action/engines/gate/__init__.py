"""Judges what an engine wrote before anybody reads it, by what the book's own people wrote.

`learn.learn_gate` makes a `judge.Gate` of the pairs of a book; `Gate.judge` says what is wrong with a translation.
No model and no dictionary: `signs` reads what needs no learning (numbers, negations, characters, doubled text),
`words` learns which words stand for which, and `learn` finds where people's own pairs lie.
"""
