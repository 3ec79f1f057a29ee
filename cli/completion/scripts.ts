export const shells = ['bash', 'zsh', 'fish'] as const
export type Shell = (typeof shells)[number]

/** Each asks `dmaproof complete` for words, and completes files where it has none. */
const scripts: Readonly<Record<Shell, string>> = {
  bash: `_dmaproof() {
  local IFS=$'\\n'
  COMPREPLY=($(dmaproof complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
}
complete -o default -F _dmaproof dmaproof
`,
  zsh: `#compdef dmaproof
_dmaproof() {
  local -a found
  found=("\${(@f)$(dmaproof complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  if [[ -n "\${found[1]}" ]]; then compadd -- "\${found[@]}"; else _files; fi
}
compdef _dmaproof dmaproof
`,
  fish: `function __dmaproof_complete
  set -l words (commandline -opc) (commandline -ct)
  dmaproof complete -- $words[2..-1] 2>/dev/null
end
complete -c dmaproof -a '(__dmaproof_complete)'
`,
}

/** The script that a shell reads to complete dmaproof's words. */
export const completionScript = (shell: Shell): string => scripts[shell]
