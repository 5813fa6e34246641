# The image of the worker: one static binary and the certificate authorities, nothing else.
#
#   docker build --build-arg VERSION=1.2.3 -t ingest:1.2.3 .     or: make image
ARG BUILD_IMAGE=golang:1.26
ARG RUN_IMAGE=scratch

# The compiler runs on the machine's own platform and builds for the image's.
FROM --platform=${BUILDPLATFORM:-linux/amd64} ${BUILD_IMAGE} AS build
WORKDIR /src
ARG GOPROXY
COPY go.mod go.sum ./
RUN go mod download
COPY . .
ARG VERSION=dev
ARG TARGETOS=linux
ARG TARGETARCH
RUN CGO_ENABLED=0 GOOS=$TARGETOS GOARCH=$TARGETARCH \
    go build -trimpath -buildvcs=false -ldflags "-s -w -X main.version=$VERSION" -o /out/ingest ./cmd/ingest

FROM ${RUN_IMAGE}
ARG VERSION=dev
ARG REVISION=""
ARG CREATED=""
LABEL org.opencontainers.image.title="ingest" \
      org.opencontainers.image.description="Moves Avro records from Kafka into Cassandra tables" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="$VERSION" \
      org.opencontainers.image.revision="$REVISION" \
      org.opencontainers.image.created="$CREATED"
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=build /out/ingest /ingest
# A number, so that Kubernetes can see that it is not root.
USER 65532:65532
ENV INGEST_HTTP_ADDR=:8080
EXPOSE 8080
ENTRYPOINT ["/ingest"]
CMD ["run"]
