// The loop: which step is shown, and when the next one is. A step waits until it can be shown.
const HOLD = 3; // times the pause, on the newest frame

export class Loop {
  constructor(prepare, show) {
    Object.assign(this, { prepare, show, frames: [], index: 0, timer: null, turn: 0, changes: [] });
  }

  get frame() { return this.frames[this.index]; }
  get isNewest() { return this.index === this.frames.length - 1; }
  get isPlaying() { return this.timer !== null; }

  // Stay at a time, or at the newest frame.
  set(frames, time) {
    this.frames = frames;
    const found = time ? frames.findIndex((frame) => frame.time === time) : -1;
    return this.go(found < 0 ? frames.length - 1 : found);
  }

  async go(index) {
    const turn = ++this.turn, wanted = Math.max(0, Math.min(this.frames.length - 1, index));
    await this.prepare(this.frames[wanted]);
    if (turn !== this.turn) return;
    this.index = wanted;
    const began = performance.now();
    this.show();
    this.changes = [...this.changes.slice(-199), performance.now() - began];
  }

  step(by) {
    this.stop();
    return this.go((this.index + by + this.frames.length) % Math.max(1, this.frames.length));
  }

  play(pause) {
    this.stop();
    const next = async () => {
      await this.go(this.isNewest ? 0 : this.index + 1);
      if (this.timer !== null) this.timer = setTimeout(next, this.isNewest ? HOLD * pause : pause);
    };
    this.timer = setTimeout(next, 0);
    this.show();
  }

  stop() {
    clearTimeout(this.timer);
    this.timer = null;
  }
}
