#!/bin/sh
# A container builder of buildah alone: $1 is the form that it leaves, the rest are names of containers.
# Needs root; its storage is a folder of its own, and nothing is fetched.
set -eu
form=$1
shift
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export BUILDAH_ISOLATION=chroot HOME="$work" XDG_RUNTIME_DIR="$work"
buildah() { command buildah --root "$work/root" --runroot "$work/run" --storage-driver vfs "$@"; }
tag=$TAGFLOW_FULL_HASH
for name in "$@"; do
  id=$(buildah from scratch)
  echo "$name of $tag" > "$work/content"
  buildah copy -q "$id" "$work/content" "/etc/$name" > /dev/null
  buildah config --label "tcib_build_tag=$tag" --arch amd64 --os linux "$id"
  case $form in
    layout) to=oci:$TAGFLOW_OUT_DIR:$name:$tag ;;
    each) to=oci:$TAGFLOW_OUT_DIR/$name:$tag ;;
    oci-archives) to=oci-archive:$TAGFLOW_OUT_DIR/$name.tar:$name:$tag ;;
    docker-archives) to=docker-archive:$TAGFLOW_OUT_DIR/$name.tar:$name:$tag ;;
    pushed) to=docker://${TAGFLOW_REGISTRY_URL#http://}/$(echo "$TAGFLOW_REGISTRY_NAMES" | sed "s/{name}/$name/"):$tag ;;
  esac
  buildah commit -q --tls-verify=false --timestamp 0 "$id" "$to" > /dev/null
  echo "built $name as $to"
  echo "$name $tag" >> "$TAGFLOW_OUT_DIR/containers-built.log"
done
