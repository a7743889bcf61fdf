/** The thread in which answers are decoded and sketched, started by `SketchThreads`. */
import { parentPort } from "node:worker_threads";
import { XorChunkDecoder } from "../../metrics/remote-read/xor-chunk.ts";
import { AnswerSketcher } from "./answer-sketcher.ts";
import { pack } from "./packed-series.ts";
import type { Order, Report } from "./sketch-orders.ts";

const decoder = new XorChunkDecoder();
/** Without those that are at an end, or had a fault. */
const answers = new Map<number, AnswerSketcher>();

parentPort?.on("message", (order: Order) => {
  const { answer } = order;
  try {
    obey(order);
  } catch (error) {
    answers.delete(answer);
    const { name, message } = error instanceof Error ? error : new Error(String(error));
    report({ kind: "fault", answer, name, message });
  }
});

function obey(order: Order): void {
  const { kind, answer } = order;
  switch (kind) {
    case "open":
      answers.set(answer, new AnswerSketcher(order.window, decoder));
      break;
    case "bytes":
      answers.get(answer)?.push(order.bytes);
      report({ kind: "free", answer });
      break;
    case "end": {
      const series = answers.get(answer)?.finish();
      if (series === undefined) break;
      answers.delete(answer);
      const packed = pack(series);
      report({ kind: "series", answer, packed }, [
        packed.days.buffer,
        packed.bins.buffer,
        packed.counts.buffer,
      ]);
      break;
    }
    case "drop":
      answers.delete(answer);
      break;
  }
}

function report(report: Report, handedOver: readonly ArrayBuffer[] = []): void {
  parentPort?.postMessage(report, handedOver);
}
