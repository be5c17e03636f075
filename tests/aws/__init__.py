"""A server that speaks Amazon Translate's protocol, beside moto's S3: what the tests and demos talk to.

`server.TranslateServer` is the HTTP side; `serve.py` runs it with S3 as a process. Everything that a request or an
answer may look like comes from botocore's own service model; what the service does with it follows its documentation.
"""
