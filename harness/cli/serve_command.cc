#include <algorithm>
#include <csignal>
#include <memory>
#include <string>
#include <thread>

#include "fmt/format.h"
#include "fmt/ranges.h"
#include "harness/cli/commands.h"
#include "harness/serve/server.h"
#include "loaders/loader.h"

namespace falsify::cli {
namespace {

Result<void> CheckLoader(const std::string& name) {
  std::vector<std::string_view> known;
  for (const loaders::LoaderEntry& entry : loaders::Loaders()) {
    if (entry.external) continue;
    if (entry.name == name) return {};
    known.push_back(entry.name);
  }
  return Fail({"USAGE", "--loader", fmt::format("no loader \"{}\"", name),
               fmt::format("one of {}", fmt::join(known, ", "))});
}

/// SIGTERM and SIGINT, waited for by a thread of their own: nothing else may be done in a handler.
class StopOnSignal {
 public:
  /// Before any other thread: those that are started later leave the signals alone too.
  StopOnSignal() {
    sigemptyset(&signals_);
    sigaddset(&signals_, SIGTERM);
    sigaddset(&signals_, SIGINT);
    sigaddset(&signals_, SIGUSR2);  // our own: nobody has to wait any longer
    pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
  }
  StopOnSignal(const StopOnSignal&) = delete;
  StopOnSignal& operator=(const StopOnSignal&) = delete;
  ~StopOnSignal() {
    if (!waiter_.joinable()) return;
    pthread_kill(waiter_.native_handle(), SIGUSR2);
    waiter_.join();
  }

  void Watch(harness::CompletionServer& server) {
    waiter_ = std::thread([this, &server] {
      int number = 0;
      if (sigwait(&signals_, &number) == 0 && number != SIGUSR2) server.Stop();
    });
  }

 private:
  sigset_t signals_ = {};
  std::thread waiter_;
};

Result<void> Serve(const harness::ServeOptions& options) {
  if (Result<void> known = CheckLoader(options.loader.name); !known) return known;
  StopOnSignal stop;
  auto server = harness::CompletionServer::Bind(options);
  if (!server) return Fail(server.error());
  fmt::print("http://{}:{}\n", options.host, (*server)->port());
  std::fflush(stdout);
  stop.Watch(**server);
  return (*server)->Run();
}

}  // namespace

void AddServeCommand(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<harness::ServeOptions>();
  options->threads = std::max(1U, std::thread::hardware_concurrency());
  CLI::App* command = app.add_subcommand(kServe, kServeHelp);
  command->add_option("model", options->model_path, "A model file or folder with a tokenizer")
      ->required();
  command->add_option("--loader", options->loader.name, "As `falsify list loaders` prints them");
  command->add_option("--host", options->host, "Loopback unless given");
  command->add_option("--port", options->port, "0: any that is free; the address is printed")
      ->check(CLI::Range(0, 65535));
  command->add_option("--threads", options->threads, "Of loader and decoder")
      ->check(CLI::Range(1U, 1024U));
  command->callback([options, &exit_code] {
    const Result<void> served = Serve(*options);
    exit_code = served ? kExitPass : Report(served.error());
  });
}

}  // namespace falsify::cli
