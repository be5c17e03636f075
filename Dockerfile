# The image of the action: Python, git, the locked libraries and this package.
#
# There is no USER and no WORKDIR, because GitHub mounts the workspace of the runner's user and sets both
# (https://docs.github.com/en/actions/reference/workflows-and-actions/dockerfile-support); what is written there is
# handed to the workspace's owner by the program. The entrypoint is no shell: a shell drops variables with a hyphen in
# their name, and so the inputs of the action.
FROM python:3.12.12-slim-bookworm@sha256:593bd06efe90efa80dc4eee3948be7c0fde4134606dd40d8dd8dbcade98e669c AS base

FROM base AS build
COPY requirements/action.txt /build/
RUN python -m venv --without-pip /opt/amts \
 && python -m pip --python /opt/amts/bin/python install --no-cache-dir --no-compile --disable-pip-version-check \
    --require-hashes --only-binary :all: -r /build/action.txt
COPY amts_action /build/amts_action
RUN cp -r /build/amts_action "$(/opt/amts/bin/python -I -c 'import sysconfig; print(sysconfig.get_path("purelib"))')" \
 && /opt/amts/bin/python -I -m compileall -q -j 0 --invalidation-mode unchecked-hash /opt/amts/lib

FROM base
# Debian removes a version from its mirrors when it has a newer one: an exact version would soon be a broken build.
# hadolint ignore=DL3008
RUN apt-get update \
 && apt-get install -y --no-install-recommends git \
 && rm -rf /var/lib/apt/lists/* /var/cache/apt/*.bin /var/cache/apt/archives/*.deb /var/log/apt /var/log/dpkg.log
COPY --from=build /opt/amts /opt/amts
# Elsewhere than on GitHub the entrypoint is `amts`, which has to be a program on the path.
RUN printf "#!/usr/bin/env -S /opt/amts/bin/python -I -X utf8\nfrom amts_action.cli import entry\nentry()\n" > /opt/amts/bin/amts \
 && chmod 755 /opt/amts/bin/amts
ENV PATH="/opt/amts/bin:$PATH"
# -I: neither the workspace nor any PYTHON variable can bring code in.
ENTRYPOINT ["/opt/amts/bin/python", "-I", "-X", "utf8", "-m", "amts_action.cli", "action"]
