import type { InlineImage } from './reading/mail-content.js';

/**
 * Elements that load, connect, redirect, embed, submit or lead away. Two of them matter although the policy stands:
 * none covers `<link rel=preconnect>`, and Chromium connects for `<a ping>` before it refuses to send.
 */
const ACTIVE_ELEMENTS = [
  ...['script', 'link', 'meta', 'base', 'form', 'a', 'area'],
  ...['iframe', 'frame', 'frameset', 'fencedframe', 'portal', 'object', 'embed', 'applet'],
];

// A tag's name ends at white space, "/", ">" or the end of input (WHATWG HTML §13.2.5.8), and nothing but these letters
// makes such a tag. Comments and attribute values that look like one are changed too, which harms nobody.
const ACTIVE_TAG = new RegExp(`<(/?)(?=(?:${ACTIVE_ELEMENTS.join('|')})(?:[\\s/>]|$))`, 'gi');

// A link still looks like one. Behind the mail: in front it would take the place of the mail's document type.
const LINK_STYLE = '<style>:where(x-a[href]) { color: #1a56c4; text-decoration: underline }</style>';

const MAX_INLINED_LENGTH = 8 * 1024 * 1024;

/**
 * A mail's HTML for the sandboxed frame. The wall is the frame's sandbox and the response's policy, which let nothing
 * run and nothing load; this is what stands behind it: active elements become unknown ones, which do nothing, and
 * images the mail brings along become `data:` URIs.
 */
export function safeHtml(html: string, images: readonly InlineImage[]): string {
  return inlineImages(html.replace(ACTIVE_TAG, '<$1x-'), images) + LINK_STYLE;
}

function inlineImages(html: string, images: readonly InlineImage[]): string {
  const uris = new Map(images.map(({ cid, uri }) => [cid, uri]));
  // One image can be referred to a thousand times.
  let room = MAX_INLINED_LENGTH;
  return html.replace(/\bcid:([^\s'"<>)]{1,256})/gi, (reference: string, cid: string) => {
    const uri = uris.get(cid) ?? uris.get(decoded(cid));
    if (uri === undefined || uri.length > room) return reference;
    room -= uri.length;
    return uri;
  });
}

/** RFC 2392 §2: a content id is percent-encoded in a URL. */
function decoded(cid: string): string {
  try {
    return decodeURIComponent(cid);
  } catch {
    return cid;
  }
}
