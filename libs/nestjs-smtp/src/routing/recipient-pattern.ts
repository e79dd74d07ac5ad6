import type { MailPath } from 'smtp-engine';
import { Glob, type Params } from './glob.js';

/**
 * A pattern of recipients: `local-part@domain`, where `:name` stands for some text that is not empty (in the domain for one
 * without a dot) and `*` for any text. Case does not matter; a domain of `*` takes an address without one as well.
 *
 * @throws TypeError for what can never match, or cannot be told apart
 */
export class RecipientPattern {
  private readonly local: Glob;
  private readonly domain: Glob;

  constructor(readonly text: string) {
    const at = text.lastIndexOf('@');
    const [local, domain] = at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
    if (local === '' || domain === '') throw new TypeError('write local-part@domain, such as *@example.com');
    if (/\s/.test(text)) throw new TypeError('an address has no blanks');
    this.local = Glob.parse(local);
    this.domain = domain === undefined ? Glob.literal('') : Glob.parse(domain, '.');
    const twice = this.names.find((name, index, all) => all.indexOf(name) !== index);
    if (twice !== undefined) throw new TypeError(`:${twice} stands there twice`);
  }

  /** The names of its parameters. */
  get names(): readonly string[] {
    return [...this.local.names, ...this.domain.names];
  }

  /** The same for patterns that match the same. */
  get key(): string {
    const domain = this.domain.key;
    return domain === '' ? this.local.key : `${this.local.key}@${domain}`;
  }

  /** The parameters, as the client sent them; undefined where the address is another one. */
  match({ localPart, domain }: Pick<MailPath, 'localPart' | 'domain'>): Params | undefined {
    const ofDomain = this.domain.match(domain);
    const ofLocal = ofDomain && this.local.match(localPart);
    return ofLocal && { ...ofLocal, ...ofDomain };
  }

  /** Whether there are addresses that both match. */
  overlaps(other: RecipientPattern): boolean {
    return this.local.overlaps(other.local) && this.domain.overlaps(other.domain);
  }

  /** For sorting: the more specific first, by domain before local-part, then by length of what is literal. */
  compare(other: RecipientPattern): number {
    return (
      this.domain.openness - other.domain.openness ||
      this.local.openness - other.local.openness ||
      other.domain.literalLength - this.domain.literalLength ||
      other.local.literalLength - this.local.literalLength ||
      this.key.localeCompare(other.key)
    );
  }
}
