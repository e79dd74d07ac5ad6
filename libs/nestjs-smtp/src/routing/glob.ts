/** Values by the names of a pattern. */
export type Params = Readonly<Record<string, string>>;

type Token = { readonly literal: string } | { readonly name: string } | '*';

const TOKEN = /:([A-Za-z_][A-Za-z0-9_]*)|\*|(?:(?!:[A-Za-z_]|\*)[^])+/g;

/** One part of an address as a pattern: literals with `:name` and `*` between them. */
export class Glob {
  private constructor(
    private readonly tokens: readonly Token[],
    /** What the value of a name must not contain. */
    private readonly separator: string,
  ) {}

  /** @throws TypeError where two variables touch, so that nobody can tell where the first one ends */
  static parse(text: string, separator = ''): Glob {
    // An address literal (RFC 5321 §4.1.3) is full of colons.
    if (text.startsWith('[')) return Glob.literal(text);
    const tokens = [...text.matchAll(TOKEN)].map(([whole, name]): Token => {
      if (name !== undefined) return { name };
      return whole === '*' ? '*' : { literal: whole.toLowerCase() };
    });
    const touching = tokens.some((token, index) => index > 0 && isOpen(token) && isOpen(tokens[index - 1]!));
    if (touching) throw new TypeError('two variables touch each other; put something between them');
    return new Glob(tokens, separator);
  }

  static literal(text: string): Glob {
    return new Glob([{ literal: text.toLowerCase() }], '');
  }

  get names(): readonly string[] {
    return this.tokens.flatMap((token) => (isNamed(token) ? [token.name] : []));
  }

  /** The same for all that match the same. */
  get key(): string {
    return this.tokens.map((token) => (isNamed(token) ? ':' : token === '*' ? '*' : token.literal)).join('');
  }

  /** 0: nothing; 1: a `:name`; 2: a `*`. */
  get openness(): number {
    if (this.tokens.includes('*')) return 2;
    return this.tokens.some(isNamed) ? 1 : 0;
  }

  get literalLength(): number {
    return this.tokens.reduce((sum, token) => sum + (isOpen(token) ? 0 : token.literal.length), 0);
  }

  /**
   * Each literal is taken where it comes first, the last one at the end: no text makes it try again, however long it is.
   */
  match(text: string): Params | undefined {
    const lower = text.toLowerCase();
    // Case mappings that change the length would shift the values.
    if (lower.length !== text.length) return undefined;
    const params: Record<string, string> = {};
    let open: Exclude<Token, { literal: string }> | undefined;
    let from = 0;
    const take = (end: number): boolean => {
      const value = text.slice(from, end);
      if (open === undefined) return value === '';
      if (open === '*') return true;
      params[open.name] = value;
      return value !== '' && (this.separator === '' || !value.includes(this.separator));
    };
    for (const [index, token] of this.tokens.entries()) {
      if (isOpen(token)) {
        open = token;
        continue;
      }
      const least = from + (open !== undefined && open !== '*' ? 1 : 0);
      const isLast = index === this.tokens.length - 1;
      const at = isLast ? lower.length - token.literal.length : lower.indexOf(token.literal, least);
      if (at < least || !lower.startsWith(token.literal, at) || !take(at)) return undefined;
      from = at + token.literal.length;
      open = undefined;
    }
    return take(text.length) ? params : undefined;
  }

  /** Whether there is a text that both match; a name counts like `*`. */
  overlaps(other: Glob): boolean {
    const [left, right] = [this.steps, other.steps];
    const seen = new Set<number>();
    const meet = (i: number, j: number): boolean => {
      const place = i * (right.length + 1) + j;
      if (seen.has(place)) return false;
      seen.add(place);
      if (i === left.length && j === right.length) return true;
      if (left[i] === ANY && (meet(i + 1, j) || (j < right.length && meet(i, j + 1)))) return true;
      if (right[j] === ANY && (meet(i, j + 1) || (i < left.length && meet(i + 1, j)))) return true;
      return i < left.length && j < right.length && left[i] === right[j] && meet(i + 1, j + 1);
    };
    return meet(0, 0);
  }

  private get steps(): readonly (string | typeof ANY)[] {
    return this.tokens.flatMap((token): (string | typeof ANY)[] => (isOpen(token) ? [ANY] : [...token.literal]));
  }
}

const ANY = Symbol('any text');

function isOpen(token: Token): token is Exclude<Token, { readonly literal: string }> {
  return token === '*' || 'name' in token;
}

function isNamed(token: Token): token is { readonly name: string } {
  return token !== '*' && 'name' in token;
}
