"use strict";
// Draws what chart_data.cc left in #charts with Chart.js. Without it, or without scripts, the tables
// below each chart hold the same figures.
(() => {
  const charts = JSON.parse(document.getElementById("chart-data").textContent);
  const palette = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#8c6bb1", "#888888"];
  const dark = window.matchMedia("screen and (prefers-color-scheme: dark)");

  const marks = ["circle", "triangle", "rect", "star"];

  // 268435456 as 268 M, 0.000133 as 133 µ.
  const prefixes = [[1e12, "T"], [1e9, "G"], [1e6, "M"], [1e3, "k"], [1, ""], [1e-3, "m"], [1e-6, "µ"], [1e-9, "n"]];
  const short = (value) => {
    if (value === 0) return "0";
    const [scale, letter] = prefixes.find(([least]) => Math.abs(value) >= least) ?? prefixes.at(-1);
    return Number((value / scale).toPrecision(3)) + (letter === "" ? "" : " " + letter);
  };

  const plain = /share|needed/;  // no unit that could take a prefix

  const axis = (title, log) => ({
    type: log ? "logarithmic" : "linear",
    title: {display: title !== "", text: title},
    ticks: {callback: (value) => (plain.test(title) ? String(value) : short(value)), maxTicksLimit: 9},
  });

  const datasets = (chart) => chart.datasets.map((set, i) => ({
    label: set.label,
    data: set.data,
    borderColor: palette[i % palette.length],
    backgroundColor: palette[i % palette.length] + (chart.kind === "line" ? "" : "cc"),
    pointRadius: 3,
    pointStyle: marks[Math.floor(i / palette.length) % marks.length],
    borderWidth: chart.kind === "line" ? 2 : 1,
    showLine: chart.kind === "line",
    stepped: chart.id === "distribution" ? "before" : false,
  }));

  const options = (chart) => {
    const bars = chart.kind === "bars" || chart.kind === "stacked";
    const categories = {type: "category", stacked: chart.kind === "stacked"};
    const values = {...axis(chart.x, chart.log_x), stacked: chart.kind === "stacked"};
    return {
      animation: false,
      maintainAspectRatio: false,
      indexAxis: bars ? "y" : "x",
      scales: bars ? {x: values, y: categories}
                   : {x: axis(chart.x, chart.log_x), y: axis(chart.y, chart.log_y)},
      plugins: {legend: {position: "bottom", labels: {usePointStyle: true}}},
    };
  };

  // Room for the bars, or for a legend that may take a line for every other series.
  const height = (chart, bars) => (bars ? 120 + 40 * chart.labels.length : 300 + 13 * chart.datasets.length);

  const draw = (chart) => {
    const canvas = document.getElementById("canvas-" + chart.index);
    const bars = chart.kind === "bars" || chart.kind === "stacked";
    canvas.parentElement.style.height = height(chart, bars) + "px";
    const setting = options(chart);
    if (chart.id === "distribution") Object.assign(setting.scales.y, {min: 0, max: 1});
    return new Chart(canvas, {
      type: bars ? "bar" : "scatter",
      data: {labels: chart.labels, datasets: datasets(chart)},
      options: setting,
    });
  };

  const colours = () => {
    Chart.defaults.color = dark.matches ? "#d0d0d0" : "#333333";
    Chart.defaults.borderColor = dark.matches ? "#444444" : "#dddddd";
  };
  let drawn = [];
  const redraw = () => {
    colours();
    drawn.forEach((chart) => chart.destroy());
    drawn = charts.map((chart, index) => draw({...chart, index}));
    document.documentElement.dataset.charts = drawn.length;
  };
  dark.addEventListener("change", redraw);
  redraw();
})();
