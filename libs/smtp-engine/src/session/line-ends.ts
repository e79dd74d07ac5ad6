import type { BareNewline } from '../options.js';
import { BareDotDetector } from '../protocol/bare-dot-detector.js';
import { NewlineNormalizer } from '../protocol/newline-normalizer.js';
import type { MessagePart } from './message-part.js';

type Sink = (piece: Buffer) => void;

/** The rule on line ends within a message: the one place where `bareNewline` is decided. */
export interface LineEnds {
  accept(piece: Buffer, sink: Sink): void;
  /** The message has ended. */
  end(sink: Sink): void;
  /** What came can be cut into two messages by a server that takes bare line ends for line ends. */
  readonly isAmbiguous: boolean;
}

/** @param part how the message comes: the decoder of DATA looks at dots anyway, and need not be helped */
export function lineEndsFor(policy: BareNewline, part: MessagePart): LineEnds {
  if (policy === 'normalize') return new Normalizing();
  return policy === 'reject' && part.decoder.ambiguous === undefined ? new Rejecting() : PASSING;
}

const PASSING: LineEnds = {
  accept: (piece, sink) => sink(piece),
  end: () => undefined,
  isAmbiguous: false,
};

/** Every line end becomes CRLF, so that a lone dot between bare ones is text for everybody behind us. */
class Normalizing implements LineEnds {
  readonly isAmbiguous = false;
  private readonly normalizer = new NewlineNormalizer();

  accept(piece: Buffer, sink: Sink): void {
    this.normalizer.push(piece, sink);
  }

  end(sink: Sink): void {
    this.normalizer.end(sink);
  }
}

/** Bare line ends pass, but not around a lone dot. */
class Rejecting implements LineEnds {
  private readonly detector = new BareDotDetector();

  accept(piece: Buffer, sink: Sink): void {
    this.detector.look(piece);
    sink(piece);
  }

  end(): void {
    // nothing was held back
  }

  get isAmbiguous(): boolean {
    return this.detector.found;
  }
}
