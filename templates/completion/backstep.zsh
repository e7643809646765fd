#compdef backstep
# Completes backstep in zsh: source <(backstep completion zsh)
_backstep() {
  local value meaning
  local -a found run=($words[1])
  whence -p -- $run >/dev/null || run=(npx --no -- backstep)
  while IFS=$'\t' read -r value meaning; do
    if [[ $value == :files ]]; then
      compset -P '@'
      _files
      return
    fi
    [[ -n $value ]] && found+=("${value//:/\\:}${meaning:+:$meaning}")
  done < <($run __complete -- "${(j: :)words[1,CURRENT-1]} $PREFIX" 2>/dev/null)
  _describe -V backstep found
}
if [[ $funcstack[1] == _backstep ]]; then _backstep "$@"; else compdef _backstep backstep; fi
