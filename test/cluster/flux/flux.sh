#!/usr/bin/env bash
# Flux for tests: the real source-controller, kustomize-controller and helm-controller on 127.0.0.1, each built from the Go module
# proxy as its go.mod under modules/ pins it. They run against an API server that is there already.
#   flux.sh build        build what is not built yet, and take each CRD out of its controller's module (minutes when cold)
#   flux.sh start DIR    DIR: folder with the API server's kubeconfig; logs, pids and artifacts go there. Applies the CRDs, makes the
#                        namespace flux-system and starts all three; returns when they are ready.
#   flux.sh stop DIR     end what start began in DIR
# KUBE_TEST_BIN names the folder of the programs. FLUX_FLAGS are added to the flags of all three. Needs Go 1.26, curl, python3.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
bin=${KUBE_TEST_BIN:-${XDG_CACHE_HOME:-$HOME/.cache}/flux-source1.9.4-kustomize1.9.6-helm1.6.4}
all=(source-controller kustomize-controller helm-controller)
freeport() { python3 -c 'import socket; s=socket.socket(); s.bind(("127.0.0.1",0)); print(s.getsockname()[1])'; }

build() {
  export CGO_ENABLED=0 GOFLAGS="-buildvcs=false -mod=mod"
  mkdir -p "$bin/flux-crds"
  local n work crds
  for n in "${all[@]}"; do
    crds=$bin/flux-crds/$n
    [ -x "$bin/$n" ] && [ -d "$crds" ] && continue
    # Go writes the full list of modules and their sums beside the go.mod.
    work=$(mktemp -d); cp "$here/modules/$n/go.mod" "$work"
    (
      cd "$work"
      [ -x "$bin/$n" ] || go build -trimpath -ldflags "-s -w" -o "$bin/$n" "github.com/fluxcd/$n"
      module=$(go mod download -json "github.com/fluxcd/$n" | sed -n 's/^\t"Dir": "\(.*\)",$/\1/p')
      cp -r "$module/config/crd/bases" "$crds.new" && chmod -R u+w "$crds.new" && mv "$crds.new" "$crds"
    )
    rm -rf "$work"
  done
}

kube() { # METHOD PATH [CURL OPTION..]: one call to the API server
  local method=$1 path=$2; shift 2
  curl -sSf -o /dev/null --cacert "$dir/pki/ca.crt" -H "Authorization: Bearer $token" -X "$method" "$@" "$server$path"
}
apply() { kube PATCH "$1?fieldManager=test&force=true" -H "Content-Type: application/apply-patch+yaml" --data-binary "$2"; }

crd() { # FILE: named GROUP_PLURAL.yaml
  local name group; name=$(basename "$1" .yaml); group=${name%%_*}; name=${name#*_}
  apply "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/$name.$group" "@$1"
  local v; v=$(sed -n 's/^    name: \(v[0-9a-z]*\)$/\1/p' "$1" | head -1)
  for _ in $(seq 200); do kube GET "/apis/$group/$v/$name" 2>/dev/null && return; sleep 0.05; done
  echo "$name.$group is not served" >&2; exit 1
}

daemon() { # NAME FLAG..
  local n=$1 health; shift; health=$(freeport)
  setsid nohup "$bin/$n" --metrics-addr=0 --health-addr="127.0.0.1:$health" --events-addr= --watch-all-namespaces \
    --interval-jitter-percentage=0 --requeue-dependency=2s "$@" ${FLUX_FLAGS:-} > "$dir/$n.log" 2>&1 < /dev/null &
  echo $! > "$dir/$n.pid"
  ready "$n" "http://127.0.0.1:$health/readyz"
}
ready() { # NAME URL
  for _ in $(seq 600); do
    curl -s -o /dev/null "$2" && return
    kill -0 "$(cat "$dir/$1.pid")" 2>/dev/null || { tail -20 "$dir/$1.log" >&2; exit 1; }
    sleep 0.1
  done
  echo "$1 did not become ready" >&2; exit 1
}

start() {
  dir=$(cd "$1" && pwd)
  build >&2
  server=$(sed -n 's/.*server: "\([^"]*\)".*/\1/p' "$dir/kubeconfig"); token=$(sed -n 's/.*token: \([0-9a-f]*\).*/\1/p' "$dir/kubeconfig")
  mkdir -p "$dir/flux-tmp" "$dir/flux-artifacts"
  export KUBECONFIG="$dir/kubeconfig" TMPDIR="$dir/flux-tmp" HOME="$dir/flux-tmp" RUNTIME_NAMESPACE=flux-system
  for f in "$bin"/flux-crds/*/*.yaml; do crd "$f"; done
  apply /api/v1/namespaces/flux-system "{apiVersion: v1, kind: Namespace, metadata: {name: flux-system}}"
  local artifacts; artifacts=127.0.0.1:$(freeport)
  daemon source-controller --storage-path="$dir/flux-artifacts" --storage-addr="$artifacts" --storage-adv-addr="$artifacts"
  ready source-controller "http://$artifacts/"
  daemon kustomize-controller
  daemon helm-controller --graceful-shutdown-timeout=1s
}

stop() {
  local n
  for n in "${all[@]}"; do
    [ -f "$1/$n.pid" ] || continue
    kill "$(cat "$1/$n.pid")" 2>/dev/null || true
    for _ in $(seq 50); do kill -0 "$(cat "$1/$n.pid")" 2>/dev/null || break; sleep 0.1; done
    kill -9 "$(cat "$1/$n.pid")" 2>/dev/null || true
    rm -f "$1/$n.pid"
  done
}

case "${1:-}" in
  build) build ;;
  start | stop) "$1" "${2:?$1 needs the folder with the kubeconfig}" ;;
  *) sed -n '2,9p' "$0"; exit 2 ;;
esac
