#!/usr/bin/env bash
# Packs the chart with the image of this release, pushes and signs it, and renders the manifests to install from into
# release/: push-chart.sh HELM vX.Y.Z, with IMAGE, DIGEST, CHARTS, REGISTRY, REGISTRY_USER and REGISTRY_PASSWORD set.
set -euo pipefail
helm=$1
tag=$2
version=${tag#v}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp -R operator/chart "$work/konductor"
chart=$work/konductor
# by digest: what was signed is what runs
sed -i "s|^  repository: .*|  repository: $IMAGE|; s|^  tag: .*|  tag: \"$version@$DIGEST\"|" "$chart/values.yaml"

mkdir -p release
"$helm" package "$chart" --destination release
render() { "$helm" template konductor "$chart" --namespace konductor-system --kube-version 1.31.0 --set createNamespace=true "${@:2}" >"release/$1"; }
render install.yaml
render install-namespaced.yaml --set 'namespaces={konductor-system},workloads.argo=false,workloads.tekton=false,userRoles.enabled=false'

[ -n "${CHARTS:-}" ] || exit 0
export HELM_REGISTRY_CONFIG=$work/registry.json
"$helm" registry login "$REGISTRY" --username "$REGISTRY_USER" --password-stdin <<<"$REGISTRY_PASSWORD"
digest=$("$helm" push "release/konductor-$version.tgz" "oci://$CHARTS" 2>&1 | sed -n 's/^Digest: //p')
cosign login "$REGISTRY" --username "$REGISTRY_USER" --password-stdin <<<"$REGISTRY_PASSWORD"
cosign sign --yes "$CHARTS/konductor@$digest"
for file in release/*; do cosign sign-blob --yes --bundle "$file.sigstore.json" "$file"; done
