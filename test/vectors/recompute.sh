#!/bin/sh
# Recomputes fixtures/vectors as docs/hash.md says, with a shell, sha256sum, find, sort, sed and awk:
# no line of docker-ensure's own code has a part in it.
#
# Each vector has a description for each of its runs, written by hand, `by-hand/RUN`:
#
#   list NAME FOLDER all     a file list: every file in the folder
#   list NAME FOLDER         a file list: the files that the next lines name
#   file PATH
#   image KEY                an image, by its key in the manifest
#   dockerfile PATH          its Dockerfile; or
#   inline TEXT              its Dockerfile is this text, without a newline; or
#   > TEXT                   a line of its Dockerfile
#   reference TEXT [DIGITS]  its reference: the text, and that many digits of the hash
#   KEY JSON                 a key of the inputs document; in it @list NAME@ and @image KEY@ stand for
#                            the hashes of those
#
# Blank lines and lines that begin with # are for people.
set -eu
LC_ALL=C
export LC_ALL
cd "$(dirname "$0")/../../fixtures/vectors"
vectors=$PWD
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
tab=$(printf '\t')
images=0 runs=0 differ=0

sha() { sha256sum | cut -c 1-64; }

# What stands between the quotes of a JSON string. These are all the escapes that the vectors need.
json() { sed -e 's/[\\"]/\\&/g' -e "s/$tab/\\\\t/g"; }

# Sorts by UTF-16 code units: as by bytes, but for what takes four bytes of UTF-8, whose surrogates
# come before U+E000.
utf16_sort() {
  four=$(printf '\360-\364') before=$(printf '\355')
  sed "s/[$four]/$before&/g" | sort | sed "s/$before\\([$four]\\)/\\1/g"
}

entry() {
  name=$(printf '%s' "$1" | json)
  if [ -h "./$1" ]; then
    printf '"%s":"l %s"\n' "$name" "$(readlink "./$1" | json)"
  elif [ -n "$(find "./$1" -prune -perm -100)" ]; then
    printf '"%s":"x %s"\n' "$name" "$(sha <"./$1")"
  else
    printf '"%s":"f %s"\n' "$name" "$(sha <"./$1")"
  fi
}

object() { awk 'BEGIN { printf "{" } { printf "%s%s", comma, $0; comma = "," } END { printf "}" }'; }

# list NAME, of the paths on stdin, in the current folder
file_list() {
  utf16_sort | while IFS= read -r path; do entry "$path"; done | object >"$work/list $1"
  echo "@list $1@ $(sha <"$work/list $1")" >>"$work/hashes"
}

# Puts hashes in the place of @list NAME@ and @image KEY@.
with_hashes() {
  awk -v hashes="$work/hashes" '
    BEGIN { while ((getline line <hashes) > 0) { n = split(line, word, " "); hash[word[1] " " word[2]] = word[n] } }
    {
      while (match($0, /@[a-z]+ [^@]+@/))
        $0 = substr($0, 1, RSTART - 1) hash[substr($0, RSTART, RLENGTH)] substr($0, RSTART + RLENGTH)
      print
    }'
}

same() {
  printf '%s' "$2" | cmp -s - "$1" && return
  differ=$((differ + 1))
  echo "differs: $1" >&2
}

# Ends what was begun: the list, whose paths have been collected, or the image.
finish() {
  if [ -n "$list" ]; then
    (cd "$folder" && file_list "$list" <"$work/paths")
  elif [ -n "$image" ]; then
    printf '"dockerfile":"%s"\n"format":"docker-ensure/inputs/v1"\n' "$(sha <"$work/dockerfile")" >>"$work/keys"
    sort "$work/keys" | with_hashes | object >"$work/inputs"
    hash=$(sha <"$work/inputs")
    echo "@image $image@ $hash" >>"$work/hashes"
    images=$((images + 1))
    same "$expected/$image.inputs.json" "$(cat "$work/inputs")"
    same "$expected/$image.files.json" "$(cat "$work/list $own")"
    same "$expected/$image.hash" "$hash
"
    tag=$(printf '%s' "$hash" | cut -c "1-${digits:-1}")
    [ -n "$digits" ] || tag=
    [ "$(sed -n 1p "$expected/$image.ref")" = "$reference$tag" ] || same "$expected/$image.ref" "$reference$tag"
  fi
  list= image= own= reference= digits=
  : >"$work/paths"
  : >"$work/keys"
  : >"$work/dockerfile"
}

recompute() {
  runs=$((runs + 1))
  list= image=
  : >"$work/hashes"
  finish
  while IFS= read -r line; do
    word=${line%% *} rest=${line#* }
    case $line in
      '' | '# '*) ;;
      'list '*)
        finish
        list=${rest%% *} folder=${rest#* }
        case $folder in
          *' all')
            folder=${folder% all}
            (cd "$folder" && find . ! -type d | sed 's|^\./||') >"$work/paths"
            ;;
        esac
        ;;
      'file '*) printf '%s\n' "$rest" >>"$work/paths" ;;
      'image '*) finish && image=$rest ;;
      'dockerfile '*) cat "$rest" >"$work/dockerfile" ;;
      'inline '*) printf '%s' "$rest" >"$work/dockerfile" ;;
      '> '*) printf '%s\n' "$rest" >>"$work/dockerfile" ;;
      'reference '*' '*) reference=${rest% *} digits=${rest##* } ;;
      'reference '*) reference=$rest digits= ;;
      *)
        case $line in 'files '*) own=${rest#*@list } own=${own%@*} ;; esac
        printf '"%s":%s\n' "$word" "$rest" >>"$work/keys"
        ;;
    esac
  done
  finish
}

for description in */by-hand/*; do
  vector=${description%%/*} expected=$vectors/${description%%/*}/expected/${description##*/}
  cd "$vectors/$vector"
  recompute <"by-hand/${description##*/}"
  cd "$vectors"
done
echo "$images images in $runs runs recomputed from their trees: $differ differences"

# Whatever the trees: do the documents hold together, from the file list to the parent's hash?
inputs=0 lists=0 parents=0 broken=0
check() {
  [ "$1" = "$2" ] && return
  broken=$((broken + 1))
  echo "does not hold: $3" >&2
}
for document in */expected/*/*.inputs.json; do
  stem=${document%.inputs.json} run=${document%/*}
  inputs=$((inputs + 1)) lists=$((lists + 1))
  check "$(cat "$stem.hash")" "$(sha <"$document")" "$stem.hash"
  check "$(sed 's/.*"files":"\([^"]*\)".*/\1/' "$document")" "$(sha <"$stem.files.json")" "$stem.files.json"
  entries=$(sed -n 's/.*"parents":{\([^}]*\)}.*/\1/p' "$document" | tr ',' '\n' | sed 's/.*":"\(.*\)"/\1/')
  for parent in $entries; do
    parents=$((parents + 1))
    # A parent that is built has its hash, another one its reference.
    grep -qxF "$parent" "$run"/*.hash "$run"/*.ref || check "$parent" '' "$document"
  done
done
echo "$inputs inputs documents, $lists file lists and $parents parents hold together: $broken exceptions"
[ $((differ + broken)) -eq 0 ]
