/** Shells that can be told what may stand next. */
export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

/**
 * Each asks the program itself, with the words so far behind `--`; the last one is the one that is being typed. It
 * answers with one candidate a line. kubectl finds its own way to plugins.
 */
export const scriptFor = (shell: Shell, name: string): string => SCRIPTS[shell](name.replace(' ', '-'));

const functionName = (name: string): string => `_${name.replaceAll('-', '_')}`;

const SCRIPTS: Readonly<Record<Shell, (name: string) => string>> = {
  bash: (name) => `# completion of ${name} for bash: source <(${name} completion bash)
${functionName(name)}() {
  local line
  COMPREPLY=()
  while IFS= read -r line; do
    [[ $line == "\${COMP_WORDS[COMP_CWORD]}"* ]] && COMPREPLY+=("$line")
  done < <("\${COMP_WORDS[0]}" __complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -o default -F ${functionName(name)} ${name}
`,
  zsh: (name) => `#compdef ${name}
# completion of ${name} for zsh: source <(${name} completion zsh)
${functionName(name)}() {
  local -a candidates
  candidates=("\${(@f)$("\${words[1]}" __complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  compadd -a candidates
}
compdef ${functionName(name)} ${name}
`,
  fish: (name) => `# completion of ${name} for fish: ${name} completion fish | source
function ${functionName(name)}
    set -l words (commandline -opc) (commandline -ct)
    $words[1] __complete -- $words[2..-1] 2>/dev/null
end
complete -c ${name} -f -a '(${functionName(name)})'
`,
};
