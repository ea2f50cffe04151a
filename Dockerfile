# The server in an image without a shell, run by a user without rights.
#
#   docker build -t ombuds .
#   docker volume create ombuds
#   docker run --rm -v ombuds:/data ombuds key add site --store /data/ombuds.db
#   docker run -d -p 8080:8080 -v ombuds:/data --read-only --cap-drop ALL ombuds

FROM rust:1.91-slim-bookworm AS build
RUN apt-get update && apt-get install -y --no-install-recommends gcc libc6-dev && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY Cargo.toml Cargo.lock ./
COPY src src
COPY data data
COPY models models
COPY benches benches
COPY crates crates
COPY README.md LICENSE ./
RUN cargo build --release --locked --features serve && mkdir /data

# glibc and nothing else; 65532 is its user `nonroot`.
FROM gcr.io/distroless/cc-debian12:nonroot
COPY --from=build /src/target/release/ombuds /usr/bin/ombuds
COPY --from=build --chown=65532:65532 /data /data
USER 65532:65532
VOLUME /data
EXPOSE 8080
ENTRYPOINT ["/usr/bin/ombuds"]
CMD ["serve", "--listen", "0.0.0.0:8080", "--store", "/data/ombuds.db"]
