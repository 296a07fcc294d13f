# The operator, the plugins and koncli: nothing else, not even a shell. Built for whatever machine it is built on.
ARG NODE=24
FROM node:${NODE}-bookworm AS build
WORKDIR /build

COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts
COPY . .
RUN node --run build

RUN mkdir -p image/usr/local/bin image/konductor image/etc/ssl/certs \
    && mkdir -m 1777 image/tmp \
    && cp "$(command -v node)" image/usr/local/bin/node \
    && ldd "$(command -v node)" | grep -o '/[^ ]*' | xargs -n 1 -I '{}' cp -L --parents '{}' image \
    && cp /etc/ssl/certs/ca-certificates.crt image/etc/ssl/certs/ \
    && echo 'konductor:x:65532:65532::/:/' > image/etc/passwd \
    && echo 'hosts: files dns' > image/etc/nsswitch.conf
RUN cp -R dist/konductor.js dist/koncli.js dist/koncli LICENSE image/konductor/ \
    && echo '{"type":"module"}' > image/konductor/package.json \
    && sed -i '1s|.*|#!/usr/local/bin/node|' image/konductor/konductor.js image/konductor/koncli.js \
    && ln -s /konductor/konductor.js image/usr/local/bin/konductor \
    && for name in koncli kondctl kubectl-konductor; do ln -s /konductor/koncli.js "image/usr/local/bin/$name"; done

FROM scratch
LABEL org.opencontainers.image.title="Konductor" \
      org.opencontainers.image.description="Semaphores, barriers, leases and gates for Kubernetes jobs" \
      org.opencontainers.image.licenses="Apache-2.0"
COPY --from=build /build/image/ /
ENV PATH=/usr/local/bin NODE_ENV=production HOME=/tmp
USER 65532:65532
ENTRYPOINT ["/usr/local/bin/node", "/konductor/konductor.js"]
CMD ["--help"]
