export const shells = ['bash', 'zsh', 'fish'] as const
export type CompletionShell = (typeof shells)[number]

/** Each asks `dmaproof complete` for words, and completes files where it has none. */
const scripts: Readonly<Record<CompletionShell, string>> = {
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
# the first completion runs this file, as the function; one that is sourced has no such function yet
if [[ "\${funcstack[1]}" == _dmaproof ]]; then _dmaproof "$@"; else compdef _dmaproof dmaproof; fi
`,
  fish: `function __dmaproof_complete
  set -l words (commandline -opc) (commandline -ct)
  set -l found (dmaproof complete -- $words[2..-1] 2>/dev/null)
  if set -q found[1]
    printf '%s\\n' $found
  else
    __fish_complete_path (commandline -ct)
  end
end
complete -c dmaproof -f -a '(__dmaproof_complete)'
`,
}

/** The script that a shell reads to complete dmaproof's words. */
export const completionScript = (shell: CompletionShell): string => scripts[shell]
