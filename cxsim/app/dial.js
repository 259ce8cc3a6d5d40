// A slider as the browser has it: it can be named, reached and moved without a mouse, and says its value with a unit.
export default {
  template: `
    <input type="range" class="cx-dial" :min="min" :max="max" :step="step" :value="modelValue" :aria-valuetext="text"
      @input="move" @change="$emit('rest', +$event.target.value)" @mouseup="leave" />`,
  props: ["min", "max", "step", "modelValue", "unit", "log"],
  emits: ["update:modelValue", "rest"],
  computed: {
    text() {
      const value = this.log ? 10 ** this.modelValue : +this.modelValue;
      return `${+value.toPrecision(this.log ? 3 : 6)} ${this.unit}`;
    },
  },
  methods: {
    move(event) {
      this.$emit("update:modelValue", +event.target.value);
    },
    leave() { // a mouse needs no focus here, and the keys of the page are free again
      setTimeout(() => this.$el.blur());
    },
  },
};
