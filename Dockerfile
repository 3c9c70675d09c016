# The program alone, static, in an image of nothing else; it needs DATABASE_URL
# and the two secrets, as compose.yaml has them.
#
#   docker build --build-arg VERSION="$(git describe --tags --always)" -t quillium .

FROM golang:1.26 AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
ARG VERSION=dev
ARG COMMIT=
RUN packaging/rootfs /out

FROM scratch
COPY --from=build /out/ /
COPY --from=build --chown=10001:10001 /out/data /data
USER 10001:10001
ENV HOST=0.0.0.0 PORT=8787 QUILLIUM_DATA=/data
VOLUME /data
EXPOSE 8787
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s CMD ["/quillium", "healthcheck"]
ENTRYPOINT ["/quillium"]
