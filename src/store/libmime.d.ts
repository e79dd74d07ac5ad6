/** The part of libmime in use here; the package brings no types. */
declare module 'libmime' {
  interface Libmime {
    /** Decodes the RFC 2047 encoded words of `text`, joining adjacent ones. */
    decodeWords(text: string): string;
  }
  const libmime: Libmime;
  export default libmime;
}
