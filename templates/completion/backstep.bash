# Completes backstep in bash: source <(backstep completion bash)
_backstep() {
  local line="${COMP_LINE:0:COMP_POINT}" run=("$1") typed before value
  type -P "$1" >/dev/null || run=(npx --no -- backstep)
  # bash splits words at : = and @ too; it wants what follows the last of them.
  typed="${line##*[[:space:]]}"
  before="${typed%"$2"}"
  COMPREPLY=()
  while IFS=$'\t' read -r value _; do
    if [[ $value == :files ]]; then
      [[ $typed == @* ]] || compopt -o filenames 2>/dev/null
      while IFS= read -r value; do
        [[ $typed == @* ]] && printf -v value '@%q' "$value"
        COMPREPLY+=("${value#"$before"}")
      done < <(compgen -f -- "${typed#@}")
    elif [[ -n $value ]]; then
      COMPREPLY+=("${value#"$before"}")
    fi
  done < <("${run[@]}" __complete -- "$line" 2>/dev/null)
}
complete -F _backstep backstep
