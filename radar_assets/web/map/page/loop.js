// The loop: which frame is shown, and when the next one is.
const HOLD = 3; // times the pause, on the newest frame

export class Loop {
  constructor(show) {
    this.show = show;
    this.frames = [];
    this.index = 0;
    this.timer = null;
  }

  get frame() { return this.frames[this.index]; }
  get isNewest() { return this.index === this.frames.length - 1; }
  get isPlaying() { return this.timer !== null; }

  // Stay at a time, or at the newest frame.
  set(frames, time) {
    this.frames = frames;
    const found = time ? frames.findIndex((frame) => frame.time === time) : -1;
    this.go(found < 0 ? frames.length - 1 : found);
  }

  go(index) {
    this.index = Math.max(0, Math.min(this.frames.length - 1, index));
    this.show();
  }

  step(by) {
    this.stop();
    this.go((this.index + by + this.frames.length) % Math.max(1, this.frames.length));
  }

  play(pause) {
    this.stop();
    const next = () => {
      this.go(this.isNewest ? 0 : this.index + 1);
      this.timer = setTimeout(next, this.isNewest ? HOLD * pause : pause);
    };
    this.timer = setTimeout(next, 0);
    this.show();
  }

  stop() {
    clearTimeout(this.timer);
    this.timer = null;
  }
}
