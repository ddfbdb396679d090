#include "harness/cli/signals.h"

#include <csignal>

namespace falsify::cli {
namespace {

volatile std::sig_atomic_t stop_signal = 0;
harness::ProcessRunner* stopped_runner = nullptr;

void OnSignal(int signal) {
  stop_signal = signal;
  stopped_runner->RequestStop();
}

}  // namespace

void StopOnSignals(harness::ProcessRunner& runner) {
  stopped_runner = &runner;
  struct sigaction action {};
  action.sa_handler = &OnSignal;
  sigemptyset(&action.sa_mask);
  for (const int signal : {SIGINT, SIGTERM}) sigaction(signal, &action, nullptr);
}

int StopSignal() { return stop_signal; }

}  // namespace falsify::cli
