"""People's translations of the same English elsewhere: on another page, at another place, in an earlier state of the
book (DESIGN §2).

What a plan would send to an engine, or write in English, is looked up first. English moves sections to other pages,
renumbers chapters, copies pages and makes notebooks of pages; none of that is a reason to translate a text that people
have translated already. Only what is wanted is looked for: `filling.wanted` names it, `sieve` tells cheaply which pages
may have it, `search.gathered` aligns those and puts what it finds on a `Shelf`, and `filling.filled` puts that into a
plan.
"""
