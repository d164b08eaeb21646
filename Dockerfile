# docker build --build-arg VERSION=1.2.3 -t rollcall:1.2.3 .
FROM golang:1.26-bookworm AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
ARG VERSION=development
RUN CGO_ENABLED=0 go build -trimpath -ldflags "-s -w -X main.version=${VERSION}" -o /out/rollcall ./cmd/rollcall
# What the user of the image owns: where data are kept, and where SQLite sorts.
RUN mkdir -p -m 0750 /out/owned/data && mkdir -p -m 1777 /out/owned/tmp

# There is no shell in here, nothing to update but Rollcall itself, and time zones are part
# of the program.
FROM scratch
ARG VERSION=development
LABEL org.opencontainers.image.title="Rollcall" \
      org.opencontainers.image.description="Answers staffing questions from a company's own data" \
      org.opencontainers.image.version="${VERSION}"
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=build --chown=65532:65532 /out/owned/ /
COPY --from=build /out/rollcall /rollcall
USER 65532:65532
WORKDIR /data
VOLUME /data
ENV DATABASE_URL=sqlite:///data/rollcall.db ROLLCALL_LISTEN=0.0.0.0:8080
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=6s --start-period=20s --retries=3 CMD ["/rollcall", "health"]
ENTRYPOINT ["/rollcall"]
CMD ["serve"]
