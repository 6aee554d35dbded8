import { StringDecoder } from 'node:string_decoder';
import { isOfCaches } from './build-caches.ts';

/**
 * Reads a build's progress as `--progress rawjson` prints it: JSON objects, a line each or spread over
 * lines (buildx 0.13), and at the end text: a part of the Dockerfile, and the error.
 *
 * The objects are BuildKit's: https://pkg.go.dev/github.com/moby/buildkit/client#SolveStatus
 */
export interface ProgressReader {
  /** Takes a line of docker's stderr. */
  readonly take: (line: string) => void;
  /** The target that has the step that failed; the earliest, where several share it. */
  readonly failedTarget: () => string | null;
}

export interface ProgressSink {
  /** An image has been exported, and has its names. */
  readonly onBuilt: (target: string) => void;
  /** A line for people, in the form of BuildKit's plain progress; null: it is of no one image. */
  readonly onLine: (target: string | null, line: string) => void;
}

interface SolveStatus {
  readonly vertexes?: readonly VertexStatus[];
  /** Parts of a step, such as the layers that it exports. */
  readonly statuses?: readonly { vertex: string; id: string; completed?: string }[];
  readonly logs?: readonly { vertex: string; data?: string; timestamp: string }[];
}

interface VertexStatus {
  readonly digest: string;
  readonly name: string;
  readonly started?: string;
  readonly completed?: string;
  readonly cached?: boolean;
  readonly error?: string;
}

/** A step of a build. Several images have the same one where it comes out of what they share. */
interface Vertex {
  readonly number: number;
  /** The place of its image among the targets: the earliest that has shown it; -1: of no one. */
  owner: number;
  started: string | null;
  isTold: boolean;
  isOver: boolean;
  /** Output that is no whole line yet; characters may come in parts. */
  rest: string;
  readonly decoder: StringDecoder;
  /** Its parts that have been told. */
  readonly said: Set<string>;
}

/** `targets`: what docker calls the images, each after those that it is built on. */
export function readProgress(targets: readonly string[], sink: ProgressSink): ProgressReader {
  const vertices = new Map<string, Vertex>();
  const built = new Set<string>();
  let open: string[] | null = null;
  let failed = -1;

  const vertexOf = (digest: string): Vertex => {
    const known = vertices.get(digest);
    if (known !== undefined) return known;
    const number = vertices.size + 1;
    const made = {
      number,
      owner: -1,
      started: null,
      isTold: false,
      isOver: false,
      rest: '',
      decoder: new StringDecoder('utf8'),
      said: new Set<string>(),
    };
    vertices.set(digest, made);
    return made;
  };
  const tell = (vertex: Vertex, text: string) =>
    sink.onLine(targets[vertex.owner] ?? null, `#${vertex.number} ${text}`);

  const takeEnd = (vertex: Vertex, { title, target, place }: Naming, status: VertexStatus) => {
    const { completed, cached = false, error = '' } = status;
    if (completed === undefined || vertex.started === null) return;
    if (error === '' && target !== null && EXPORT.test(title) && !built.has(target)) {
      built.add(target);
      sink.onBuilt(target);
    }
    const isFailure = error !== '' && !CANCELED.test(error);
    if (isFailure && place >= 0 && !isOfCaches(title) && (failed < 0 || place < failed))
      failed = place;
    // The same step ends once for each image that has it, and may begin anew.
    if (vertex.isOver && error === '') return;
    vertex.isOver = true;
    const last = vertex.rest + vertex.decoder.end();
    vertex.rest = '';
    if (last !== '') tell(vertex, `${secondsOf(vertex.started, completed)} ${last}`);
    tell(vertex, endOf({ started: vertex.started, completed, cached, error }));
  };

  const takeVertex = (status: VertexStatus) => {
    const vertex = vertexOf(status.digest);
    const naming = namingOf(status.name, targets);
    const { place, title } = naming;
    if (vertex.owner < 0 || (place >= 0 && place < vertex.owner)) vertex.owner = place;
    vertex.started = status.started ?? vertex.started;
    if (vertex.started === null) return;
    if (!vertex.isTold) tell(vertex, title);
    vertex.isTold = true;
    takeEnd(vertex, naming, status);
  };

  const takeLog = (digest: string, data: string, timestamp: string) => {
    const vertex = vertexOf(digest);
    const text = vertex.rest + vertex.decoder.write(Buffer.from(data, 'base64'));
    const lines = text.split('\n');
    vertex.rest = lines.pop() ?? '';
    for (const line of lines) tell(vertex, `${secondsOf(vertex.started, timestamp)} ${line}`);
  };

  const takeStatus = ({ vertexes = [], statuses = [], logs = [] }: SolveStatus) => {
    for (const each of vertexes) takeVertex(each);
    for (const { vertex, id, completed } of statuses) {
      const said = vertexOf(vertex).said;
      if (completed === undefined || said.has(id)) continue;
      said.add(id);
      tell(vertexOf(vertex), `${id} done`);
    }
    for (const { vertex, data = '', timestamp } of logs) takeLog(vertex, data, timestamp);
  };

  return {
    failedTarget: () => targets[failed] ?? null,
    take(line) {
      if (open === null && line === '{') open = [line];
      else if (open !== null) {
        open.push(line);
        if (line !== '}') return;
        const text = open.join('\n');
        open = null;
        takeStatus(JSON.parse(text) as SolveStatus);
      } else {
        const status = parseStatus(line);
        if (status !== null) takeStatus(status);
        else sink.onLine(null, line);
      }
    },
  };
}

/** What exports an image and names it: in the engine, and from a builder outside of it. */
const EXPORT = /^(?:exporting to image|importing to docker)$/;

/** What one failure calls off: a build that was about to begin loses its connection. */
const CANCELED = /context canceled|code = Unavailable/;

function parseStatus(line: string): SolveStatus | null {
  if (!line.startsWith('{') || !line.endsWith('}')) return null;
  try {
    return JSON.parse(line) as SolveStatus;
  } catch {
    return null;
  }
}

interface Naming {
  readonly target: string | null;
  /** Of the target among all; -1: of none. */
  readonly place: number;
  /** What the step is called without its target. */
  readonly title: string;
}

/** `[app 2/5] RUN make` is a step of `app`. A build of a single image does not say so. */
function namingOf(name: string, targets: readonly string[]): Naming {
  const [, first = '', more = '', rest = ''] = /^\[(\S+)( [^\]]*)?\] ?(.*)$/s.exec(name) ?? [];
  const place = targets.indexOf(first);
  if (place >= 0) {
    return { target: first, place, title: more === '' ? rest : `[${more.trim()}] ${rest}` };
  }
  const isOnly = targets.length === 1 && name !== '[internal] load local bake definitions';
  return { target: isOnly ? (targets[0] ?? null) : null, place: isOnly ? 0 : -1, title: name };
}

function endOf(vertex: { started: string; completed: string; cached: boolean; error: string }) {
  const { started, completed, cached, error } = vertex;
  if (CANCELED.test(error)) return 'CANCELED';
  if (error !== '') return `ERROR: ${error}`;
  return cached
    ? 'CACHED'
    : `DONE ${Math.max(0, Number(secondsOf(started, completed))).toFixed(1)}s`;
}

function secondsOf(start: string | null, end: string): string {
  const ms = start === null ? 0 : Date.parse(end) - Date.parse(start);
  return (Math.max(0, ms) / 1000).toFixed(3);
}
