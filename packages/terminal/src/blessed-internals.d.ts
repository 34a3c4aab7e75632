/**
 * The parts of blessed 0.1.81 that this package builds on and that @types/blessed leaves out or types as any. Modules
 * are imported one by one: `blessed` itself requires its widgets by computed names, which no bundler can follow.
 */

declare module 'blessed/lib/events.js' {
  export class EventEmitter {
    on(type: string, listener: (...args: never[]) => void): this;
    once(type: string, listener: (...args: never[]) => void): this;
    removeListener(type: string, listener: (...args: never[]) => void): this;
    removeAllListeners(type?: string): void;
    emit(type: string, ...args: unknown[]): boolean;
    listeners(type: string): unknown[];
    _emit(type: string, args?: unknown[]): boolean;
    setMaxListeners(count: number): void;
  }
}

declare module 'blessed/lib/widgets/node.js' {
  import type { EventEmitter } from 'blessed/lib/events.js';
  import type Screen from 'blessed/lib/widgets/screen.js';

  export default class Node extends EventEmitter {
    readonly type: string;
    readonly screen: Screen;
    readonly parent: Node | null;
    readonly children: Node[];
    index: number;
    readonly detached: boolean;
    readonly destroyed?: boolean;
    append(node: Node): void;
    prepend(node: Node): void;
    insertBefore(node: Node, other: Node): void;
    insertAfter(node: Node, other: Node): void;
    remove(node: Node): void;
    detach(): void;
    destroy(): void;
  }
}

declare module 'blessed/lib/widgets/box.js' {
  import type Node from 'blessed/lib/widgets/node.js';

  /** Where a node was painted last, in cells of the screen; `xl` and `yl` are one past its end. */
  export interface Coordinates {
    xi: number;
    xl: number;
    yi: number;
    yl: number;
  }

  export interface Position {
    left?: number | string | undefined;
    right?: number | string | undefined;
    top?: number | string | undefined;
    bottom?: number | string | undefined;
    width?: number | string | undefined;
    height?: number | string | undefined;
  }

  /** What every node can be made with. Always give a parent: there is no screen to be found otherwise. */
  export interface NodeOptions extends Position {
    parent: Node;
    children?: Node[] | undefined;
    hidden?: boolean | undefined;
  }

  export interface BoxOptions extends NodeOptions {
    content?: string | undefined;
    /** Reads `{bold}` and the like in the content: never with text of users. */
    tags?: boolean | undefined;
    border?: 'line' | 'bg' | { type: 'line' | 'bg' } | undefined;
    label?: string | undefined;
    padding?: number | { left?: number; right?: number; top?: number; bottom?: number } | undefined;
    align?: 'left' | 'center' | 'right' | undefined;
    valign?: 'top' | 'middle' | 'bottom' | undefined;
    wrap?: boolean | undefined;
    shrink?: boolean | undefined;
    scrollable?: boolean | undefined;
    /** Colours are names, palette numbers or `#rrggbb`; parts such as `border` and `selected` have their own. */
    style?: Record<string, unknown> | undefined;
  }

  /** `Box` of blessed: position, size, content, border. */
  export default class Box extends Node {
    constructor(options: BoxOptions);
    /** The place asked for: change it and render to move the box. */
    position: Position;
    hidden: boolean;
    readonly visible: boolean;
    readonly width: number;
    readonly height: number;
    readonly aleft: number;
    readonly atop: number;
    lpos?: Coordinates | undefined;
    options: object;
    padding: object;
    style: Record<string, unknown>;
    show(): void;
    hide(): void;
    setFront(): void;
    setBack(): void;
    setContent(content: string): void;
    setLabel(label: string): void;
    render(): Coordinates | undefined;
    parseContent(noTags?: boolean): boolean;
    _getCoords(get?: boolean): Coordinates | undefined;
  }
}

declare module 'blessed/lib/widgets/screen.js' {
  import type { EventEmitter } from 'blessed/lib/events.js';
  import Node from 'blessed/lib/widgets/node.js';

  /** A cell of blessed: attribute bits and a character. */
  export type BlessedCell = [attribute: number, character: string];
  export type BlessedLine = BlessedCell[] & { dirty?: boolean };

  export default class Screen extends Node {
    constructor(options: { program: Pick<EventEmitter, 'emit'>; fullUnicode?: boolean; dockBorders?: boolean });
    static bind(screen: Screen): void;
    readonly cols: number;
    readonly rows: number;
    readonly width: number;
    readonly height: number;
    readonly dattr: number;
    readonly options: { readonly dockBorders?: boolean };
    renders: number;
    _ci: number;
    _borderStops: Record<string, boolean>;
    _dockBorders(): void;
    render(): void;
    enter(): void;
    leave(): void;
    alloc(dirty?: boolean): void;
    realloc(): void;
    draw(start: number, end: number): void;
    fillRegion(attr: number, ch: string, xi: number, xl: number, yi: number, yl: number, override?: boolean): void;
  }
}

declare module 'blessed/lib/colors.js' {
  const colors: {
    convert(color: unknown): number;
    vcolors: [number, number, number][];
  };
  export default colors;
}
