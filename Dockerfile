# The operator's image. docs/image.md says how to build it, and with which bases; there is no
# default for them, since a digest has to be looked up where images are pulled from.

# for the first stage alone: Python with pip and a shell
ARG BUILDER
# for the last stage: the same minor version of Python on the same C library, without a shell
ARG BASE

# hadolint ignore=DL3006
FROM ${BUILDER} AS build
ARG BUILDER
ARG BASE
RUN for image in "$BUILDER" "$BASE"; do \
      expr "$image" : '.*@sha256:[0-9a-f]\{64\}$' >/dev/null \
        || { echo "A base is given by digest, as NAME@sha256:…, not as '$image'." >&2; exit 1; }; \
    done

ENV APP=/app PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ONLY_BINARY=:all:
WORKDIR /src
# wheels alone, each with its hash: nothing is compiled, no package's code runs
COPY requirements-build.lock requirements-image.lock ./
RUN pip install --quiet --require-hashes -r requirements-build.lock \
 && python -m venv --without-pip "$APP" \
 && pip --python "$APP/bin/python" install --quiet --require-hashes -r requirements-image.lock

COPY pyproject.toml README.md LICENSE ./
COPY controller controller
# Kusto's language service: two files of an npm package, which `make image` brings (make kql)
WORKDIR /src/controller/kql/kusto
RUN sha256sum --quiet --strict --check ../kusto.sha256
WORKDIR /src
RUN pip wheel --quiet --no-deps --no-build-isolation --wheel-dir wheels . \
 && pip --python "$APP/bin/python" install --quiet --no-deps wheels/*.whl

# the environment was made by this stage's Python and is run by the last one's
ARG PYTHON=/usr/bin/python3
RUN ln -sf "$PYTHON" "$APP/bin/python" \
 && printf 'home = %s\ninclude-system-site-packages = false\n' "${PYTHON%/*}" >"$APP/pyvenv.cfg"

# hadolint ignore=DL3006
FROM ${BASE}
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="contoso-connector-operator" \
      org.opencontainers.image.description="Microsoft Sentinel push connectors as Kubernetes objects" \
      org.opencontainers.image.licenses="Apache-2.0 AND MIT" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
COPY --from=build /app /app
ENV PATH=/app/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
# memory that is free goes back to the node: one heap for all threads, trimmed (glibc's mallopt(3))
ENV MALLOC_ARENA_MAX=1 MALLOC_TRIM_THRESHOLD_=131072
# the user that the chart names too; nothing is written to the file system
USER 65532:65532
# no shell is needed for it: a base with another Python fails here, not in a cluster
RUN ["contosoctl", "run", "--help"]
ENTRYPOINT ["contosoctl"]
CMD ["run"]
