/** The one secret that opens the page and the JSON API. Abstract, so that it is its own injection token. */
export abstract class AdminToken {
  abstract readonly value: string;
}
