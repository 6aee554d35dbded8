/** Shells that scripts are known for. */
export const SHELLS = ['bash', 'zsh', 'fish'] as const;
type Shell = (typeof SHELLS)[number];

/** The text of a script, in which `@{` stands for `${`, which is a template's own. */
const script = (text: TemplateStringsArray) => String.raw(text).replaceAll('@{', '${');

/**
 * A script a shell: it hands the words of the command line to `docker-ensure __complete` and shows what that
 * prints (print-completions.ts).
 */
export const COMPLETION_SCRIPTS: Readonly<Record<Shell, string>> = {
  bash: script`# Completion of docker-ensure for bash 4 and later. In ~/.bashrc:
#   source <(docker-ensure completion bash)

_docker_ensure() {
  local line=@{COMP_LINE:0:COMP_POINT} rest word answer value kept i
  local -a words=()
  # Bash cuts words at "=" and ":", too: what no blank is between is one word.
  for ((i = 0; i <= COMP_CWORD; i++)); do
    rest=@{line#"@{line%%[![:space:]]*}"}
    word=@{COMP_WORDS[i]}
    ((i == COMP_CWORD)) && word=$rest
    if ((i > 0)) && [[ $rest == "$line" ]]; then
      words[@{#words[@]} - 1]+=$word
    else
      words+=("$word")
    fi
    line=@{rest#"$word"}
  done
  local program=@{words[0]/#\~\//$HOME/} current=@{words[@{#words[@]} - 1]}
  type -- "$program" >/dev/null 2>&1 || program=docker-ensure
  answer=$("$program" __complete "@{words[@]:1}" 2>/dev/null) || return
  # What stands before the last "=" or ":" stays as it is.
  kept=@{current%"@{current##*[=:]}"}
  COMPREPLY=()
  while IFS=$'\t' read -r value _; do
    case $value in
      :0) compopt -o default ;;
      :*) ;;
      *) COMPREPLY+=("@{value#"$kept"}") ;;
    esac
  done <<<"$answer"
}
complete -F _docker_ensure docker-ensure
`,
  zsh: script`#compdef docker-ensure
# Completion of docker-ensure for zsh. In ~/.zshrc, after compinit:
#   source <(docker-ensure completion zsh)
# or as a file called _docker-ensure in a folder of $fpath.

_docker_ensure() {
  local program=@{(Q)~words[1]} line value
  local -a described
  whence -- $program >/dev/null || program=docker-ensure
  local files=0
  for line in "@{(@f)$($program __complete "@{(@Q)words[2,CURRENT-1]}" "@{(Q)IPREFIX}@{(Q)PREFIX}" 2>/dev/null)}"; do
    case $line in
      :0) files=1 ;;
      :*|'') ;;
      *)
        value=@{@{line%%$'\t'*}//:/\\:}
        described+=("$value:@{line#*$'\t'}")
        ;;
    esac
  done
  if ((files)); then
    [[ $PREFIX == --*=* ]] && compset -P 1 '*='
    _files
  else
    _describe 'docker-ensure' described
  fi
}

if [[ @{funcstack[1]} == _docker-ensure ]]; then
  _docker_ensure "$@"
else
  compdef _docker_ensure docker-ensure
fi
`,
  fish: script`# Completion of docker-ensure for fish. In ~/.config/fish/completions/docker-ensure.fish, or
#   docker-ensure completion fish | source

function __docker_ensure_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    set -l program $words[1]
    type -q -- $program; or set program docker-ensure
    set -e words[1]
    set -l answer ($program __complete $words "$current" 2>/dev/null)
    for line in $answer
        switch $line
            case ':0'
                set -l flag (string match -r -- '^--[^=]+=' $current)
                set -l path (string replace -r -- '^--[^=]+=' '' $current)
                printf '%s\n' "$flag"(__fish_complete_path $path)
            case ':*'
            case '*'
                echo -- $line
        end
    end
end
complete -c docker-ensure -f -a '(__docker_ensure_complete)'
`,
};
