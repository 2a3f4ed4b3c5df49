/**
 * The completion script for bash 3.2 and later, without bash-completion. It splits the line at spaces only, and evaluates neither
 * the line nor file names.
 */
export const bashScript = `# bash completion for jumun
_jumun() {
  local typed=\${COMP_LINE:0:COMP_POINT} current=\${COMP_WORDS[COMP_CWORD]} line words=() found=(:)
  IFS=$' \\t' read -r -a words <<< "$typed"
  [[ $typed == *[[:blank:]] ]] && words+=("")
  # Bash splits --file=rows.csv into three words; this is the last.
  [[ $current == [=:] ]] && current=
  while IFS= read -r line; do found+=("\${line%%$'\\t'*}"); done < <(jumun complete -- "\${words[@]:1}" 2> /dev/null)
  COMPREPLY=()
  if [[ \${found[\${#found[@]} - 1]} == :8 ]]; then
    local extensions=" \${found[*]} "
    while IFS= read -r line; do
      [[ -d $line || $extensions == *" \${line##*.} "* ]] && COMPREPLY+=("$line")
    done < <(compgen -f -- "$current")
    compopt -o filenames 2> /dev/null
  else
    for line in "\${found[@]}"; do [[ $line == "$current"* && $line != :* ]] && COMPREPLY+=("$line"); done
  fi
}
complete -F _jumun jumun
`
