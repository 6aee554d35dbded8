/** A word of a shell command, its quotes taken off. */
export interface ShellWord {
  readonly text: string;
  /** Offsets in the script. */
  readonly start: number;
  readonly end: number;
}

/** A heredoc, once the line that announces it has ended. */
export interface Heredoc {
  /** The words of the command that it goes to. */
  readonly words: readonly ShellWord[];
  readonly start: number;
  readonly end: number;
}

export interface Scanned {
  /** Each with its words, redirections left out. */
  readonly commands: readonly (readonly ShellWord[])[];
  readonly heredocs: readonly Heredoc[];
}

/**
 * Takes a shell script apart, as far as is needed to know which programs it calls: words, quotes,
 * command substitutions, what ends a command, redirections and heredocs. Functions, `case` and the
 * like come out as commands too. `joined` is the text of a RUN: its lines are all one.
 *
 * Grammar: https://pubs.opengroup.org/onlinepubs/9799919799/utilities/V3_chap02.html
 */
export function scanShell(text: string, start: number, end: number, joined: boolean): Scanned {
  // A quote that nothing closes must not go on behind the end.
  const scanner = new Scanner(text.slice(0, end), start, joined);
  scanner.read('');
  return scanner;
}

/** Command substitutions within one another that are still taken apart. */
const DEEPEST = 100;

interface Pending {
  readonly name: string;
  readonly words: readonly ShellWord[];
}

class Scanner implements Scanned {
  readonly commands: ShellWord[][] = [];
  readonly heredocs: Heredoc[] = [];
  #pending: Pending[] = [];
  #words: ShellWord[] = [];
  #word: { text: string; start: number } | null = null;
  /** The next word is where a redirection goes. */
  #redirected = false;
  #depth = 0;

  constructor(
    readonly text: string,
    public at: number,
    readonly joined: boolean,
  ) {}

  /** Reads up to a character that closes a command substitution, or to the end. */
  read(stop: string): void {
    if (this.#depth >= DEEPEST) return;
    this.#depth += 1;
    const outer = [this.#words, this.#word, this.#redirected] as const;
    [this.#words, this.#word, this.#redirected] = [[], null, false];
    while (this.at < this.text.length && this.text[this.at] !== stop) this.#step();
    this.at += 1;
    this.#endCommand();
    [this.#words, this.#word, this.#redirected] = outer;
    this.#depth -= 1;
  }

  #step(): void {
    for (const { pattern, act } of RULES) {
      pattern.lastIndex = this.at;
      const match = pattern.exec(this.text);
      if (match === null) continue;
      const from = this.at;
      this.at += match[0].length;
      this.#act(act, match, from);
      return;
    }
  }

  #act(act: Act, match: RegExpExecArray, from: number): void {
    switch (act) {
      case 'join':
        if (this.joined) this.#skip(/(?:[ \t]*(?:#[^\n]*)?\r?\n)*/y);
        break;
      case 'blank':
        this.#endWord(from);
        break;
      case 'newline':
        this.#newline(from);
        break;
      case 'comment':
        this.#comment(from);
        break;
      case 'heredoc':
        this.#endWord(from);
        this.#pending.push({ name: match[1] ?? '', words: this.#words });
        break;
      case 'redirection':
        this.#redirect(from);
        break;
      case 'separator':
        this.#endWord(from);
        this.#endCommand();
        break;
      case 'substitution':
        this.#append('$()', from);
        this.read(match[0] === '`' ? '`' : ')');
        break;
      case 'quote':
        this.#doubleQuoted(from);
        break;
      default:
        this.#append(match[1] ?? match[0], from);
    }
  }

  /** Within a word `#` begins no comment. In a RUN all that follows one is on the same line. */
  #comment(from: number): void {
    if (this.#word !== null) this.#append('#', from);
    else if (this.joined) this.at = this.text.length;
    else this.#skip(/[^\n]*/y);
  }

  /** The digits right before it are a part of it: `2>/dev/null`. */
  #redirect(from: number): void {
    if (this.#word !== null && /^\d+$/.test(this.#word.text)) this.#word = null;
    this.#endWord(from);
    this.#redirected = true;
  }

  #skip(pattern: RegExp): void {
    pattern.lastIndex = this.at;
    this.at += pattern.exec(this.text)?.[0].length ?? 0;
  }

  #append(text: string, from: number): void {
    this.#word = { text: (this.#word?.text ?? '') + text, start: this.#word?.start ?? from };
  }

  #doubleQuoted(from: number): void {
    this.#append('', from);
    while (this.at < this.text.length) {
      const start = this.at;
      PIECE.lastIndex = start;
      const piece = PIECE.exec(this.text)?.[0] ?? '"';
      this.at += piece.length;
      if (piece === '"') return;
      if (piece === '$(' || piece === '`') {
        this.#append('$()', start);
        this.read(piece === '`' ? '`' : ')');
      } else this.#append(/^\\./s.test(piece) ? piece.slice(1) : piece, start);
    }
  }

  #endWord(at: number): void {
    if (this.#word !== null && !this.#redirected) this.#words.push({ ...this.#word, end: at });
    if (this.#word !== null) this.#redirected = false;
    this.#word = null;
  }

  #endCommand(): void {
    this.#endWord(Math.min(this.at, this.text.length));
    if (this.#words.length > 0) this.commands.push(this.#words);
    this.#words = [];
  }

  #newline(from: number): void {
    this.#endWord(from);
    if (!this.joined || this.#pending.length > 0) this.#endCommand();
    for (const { name, words } of this.#pending) {
      const start = this.at;
      const close = new RegExp(`^\\t*${name}\\r?$`, 'm').exec(this.text.slice(start));
      const end = close === null ? this.text.length : start + close.index;
      this.heredocs.push({ words, start, end });
      this.at = end + (close?.[0].length ?? 0) + 1;
    }
    this.#pending = [];
  }
}

type Act =
  | 'join'
  | 'blank'
  | 'newline'
  | 'comment'
  | 'heredoc'
  | 'redirection'
  | 'separator'
  | 'substitution'
  | 'quote'
  | 'text';

/** The first that matches is taken. */
const RULES: readonly { readonly pattern: RegExp; readonly act: Act }[] = [
  { pattern: /\\[ \t]*\r?\n/y, act: 'join' },
  { pattern: /[ \t\r]+/y, act: 'blank' },
  { pattern: /\n/y, act: 'newline' },
  { pattern: /#/y, act: 'comment' },
  { pattern: /<<-?(?!<)[ \t]*["'\\]?(\w+)["']?/y, act: 'heredoc' },
  { pattern: /&>>?|<<<|[<>][>&|]?/y, act: 'redirection' },
  // An array of bash's: `NAMES=(a b)`.
  { pattern: /=\([^)]*\)?/y, act: 'text' },
  { pattern: /[;&|()]/y, act: 'separator' },
  { pattern: /'([^']*)'?/y, act: 'text' },
  { pattern: /\$\(\(.*?(?:\)\)|$)|\$\{[^}]*\}?/sy, act: 'text' },
  { pattern: /\$\(|`/y, act: 'substitution' },
  { pattern: /"/y, act: 'quote' },
  { pattern: /\\(.)/sy, act: 'text' },
  { pattern: /[^\s\\;&|()<>`'"$#=]+|./sy, act: 'text' },
];

/** The pieces of a string in double quotes. */
const PIECE = /"|\$\((?!\()|`|\\.|[^"$`\\]+|./sy;
