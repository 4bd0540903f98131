#include "tools/demo/demo.h"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>
#include <variant>
#include <vector>

#include "florin/base/random.h"
#include "florin/payload/wallet_simulator.h"
#include "tools/demo/phones.h"
#include "tools/demo/principals.h"
#include "tools/demo/progress.h"
#include "tools/demo/report.h"
#include "tools/temporary_directory.h"

namespace florin::demo {
namespace {

constexpr std::size_t kMaxCards = 500;
constexpr std::size_t kPaymentsAtOnce = 10000;

// The directory for tokens and vaults: the one wanted, or a temporary one.
class WorkDirectory {
 public:
  static Result<WorkDirectory> Create(const std::string& wanted) {
    if (wanted.empty()) {
      FLORIN_TRY(auto temporary, tools::TemporaryDirectory::Create("florin-demo"));
      return WorkDirectory(std::move(temporary));
    }
    std::error_code failed;
    if (std::filesystem::exists(wanted, failed) && !std::filesystem::is_empty(wanted, failed)) {
      return Error(ErrorCode::kAlreadyExists, "the directory is not empty; name a new one");
    }
    std::filesystem::create_directories(wanted, failed);
    if (failed) {
      return Error(ErrorCode::kStorage, "the directory cannot be created; is its parent writable?",
                   static_cast<std::uint32_t>(failed.value()));
    }
    return WorkDirectory(std::filesystem::absolute(wanted).string());
  }

  const std::string& path() const {
    const auto* temporary = std::get_if<tools::TemporaryDirectory>(&directory_);
    return temporary != nullptr ? temporary->path() : std::get<std::string>(directory_);
  }

 private:
  template <class Directory>
  explicit WorkDirectory(Directory directory) : directory_(std::move(directory)) {}

  std::variant<std::string, tools::TemporaryDirectory> directory_;
};

// Everything a run needs, set up once. Members are destroyed in reverse: the module goes last.
struct World {
  std::shared_ptr<pkcs11::Module> module;
  std::unique_ptr<payload::WalletSimulator> wallet;
  std::unique_ptr<Psp> psp;
  std::unique_ptr<TokenService> token_service;
  std::unique_ptr<Issuer> issuer;
  std::unique_ptr<Phones> phones;
};

Result<SecretBytes> RandomMasterKey() {
  FLORIN_TRY(SecretBytes key, SecretBytes::Create(16));
  FLORIN_CHECK_OK(SystemRandom().Fill(key.Write(SecretAccess{})));
  return key;
}

Result<World> SetUpWorld(const DemoOptions& options, const std::string& directory,
                         UnixSeconds now) {
  World world;
  FLORIN_TRY(world.module, pkcs11::Module::Load(options.module_path,
                                                {.parameters = "directory=" + directory + "/hsm"}));
  FLORIN_TRY(payload::WalletSimulator wallet, payload::WalletSimulator::Create(now));
  world.wallet = std::make_unique<payload::WalletSimulator>(std::move(wallet));
  FLORIN_TRY(SecretBytes domain_master_key, RandomMasterKey());
  FLORIN_TRY(SecretBytes issuer_master_key, RandomMasterKey());

  const PrincipalContext context{world.module, directory, &SystemClock(), &NullObserver()};
  FLORIN_TRY(world.psp, Psp::SetUp(context, *world.wallet));
  FLORIN_TRY(world.token_service,
             TokenService::SetUp(context, domain_master_key, issuer_master_key));
  FLORIN_TRY(world.issuer, Issuer::SetUp(context, issuer_master_key));
  const std::size_t cards = std::clamp<std::size_t>(options.payments / 4, 1, kMaxCards);
  FLORIN_TRY(world.phones, Phones::SetUp(context, *world.wallet, *world.token_service, cards,
                                         domain_master_key, issuer_master_key));
  return world;
}

// Calls work(index, thread's own times) for every index below `count`, spread over the threads.
template <class Work>
void ForEachInParallel(std::size_t count, unsigned threads, StageTimes& times, const char* title,
                       bool show_progress, Work work) {
  ProgressBar progress(title, count, show_progress);
  std::atomic<std::size_t> next{0};
  std::vector<StageTimes> times_of_thread(threads);
  std::vector<std::thread> workers;
  for (unsigned i = 0; i < threads; ++i) {
    workers.emplace_back([&, i] {
      for (std::size_t index; (index = next.fetch_add(1)) < count;) {
        work(index, times_of_thread[i]);
        progress.Step();
      }
    });
  }
  for (std::thread& worker : workers) worker.join();
  for (const StageTimes& one : times_of_thread) times.Merge(one);
}

double SecondsSince(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

// One payment through the three principals.
Result<SamplePayment> Process(World& world, std::size_t number, const std::string& token_json,
                              StageTimes& times) {
  FLORIN_TRY(payload::ApplePayPayment payment, times.Time(Stage::kVerifyAndDecrypt, [&] {
    return world.psp->VerifyAndDecrypt(AsBytes(token_json));
  }));
  FLORIN_TRY(tokenizer::Token merchant_token, times.Time(Stage::kTokenize, [&] {
    return world.psp->Tokenize(payment.credential.pan);
  }));
  FLORIN_TRY(Pan card, times.Time(Stage::kDetokenize, [&] {
    return world.token_service->Detokenize(payment.credential);
  }));
  if (!card.EqualTo(world.phones->CardOf(number))) {
    return Error(ErrorCode::kInternal, "the token service found another card than the phone's");
  }

  SamplePayment sample;
  sample.type = "3DSecure";
  if (std::holds_alternative<payload::EmvData>(payment.credential.cryptogram)) {
    sample.type = "EMV";
    auto arpc =
        times.Time(Stage::kAuthorize, [&] { return world.issuer->Authorize(payment.credential); });
    if (!arpc.ok()) return arpc.error();
    sample.issuer_answered = true;
  }
  sample.cryptogram_verified = true;
  sample.masked_device_account_number = payment.credential.pan.Masked();
  sample.masked_card = card.Masked();
  sample.merchant_token = merchant_token.digits();
  sample.currency_code = payment.credential.amount->currency_code;
  sample.amount = payment.credential.amount->minor_units;
  return sample;
}

// Books one processed payment. Called by many threads.
class Ledger {
 public:
  explicit Ledger(DemoReport& report) : report_(report) {}

  void Book(Result<SamplePayment> done) {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (!done.ok()) {
      if (report_.first_failure.empty()) report_.first_failure = done.error().message();
      return;
    }
    ++report_.succeeded;
    ++(done->type == "EMV" ? report_.emv : report_.three_d_secure);
    report_.sample = *std::move(done);
  }

 private:
  DemoReport& report_;
  std::mutex mutex_;
};

// Makes the tokens `first` to `last` and processes them. A token is good for minutes only, so a
// long run goes through them in parts.
void RunPart(World& world, const DemoOptions& options, std::size_t first, std::size_t last,
             DemoReport& report) {
  std::vector<Result<std::string>> tokens;
  for (std::size_t i = first; i < last; ++i) {
    tokens.emplace_back(Error(ErrorCode::kNotInitialized, "the token was not made"));
  }
  ForEachInParallel(tokens.size(), report.threads, report.times, "phones make tokens",
                    !options.json, [&](std::size_t i, StageTimes& times) {
                      tokens[i] = times.Time(Stage::kMakeToken, [&] {
                        return world.phones->Pay(first + i, world.psp->merchant_public_point(),
                                                 SystemClock().Now());
                      });
                    });

  Ledger ledger(report);
  const auto process_start = std::chrono::steady_clock::now();
  ForEachInParallel(tokens.size(), report.threads, report.times, "payments", !options.json,
                    [&](std::size_t i, StageTimes& times) {
                      ledger.Book(times.Time(Stage::kWholePayment, [&]() -> Result<SamplePayment> {
                        if (!tokens[i].ok()) return tokens[i].error();
                        return Process(world, first + i, tokens[i].value(), times);
                      }));
                    });
  report.process_seconds += SecondsSince(process_start);
}

Result<DemoReport> Run(const DemoOptions& options) {
  FLORIN_TRY(WorkDirectory directory, WorkDirectory::Create(options.directory));
  if (!options.json) {
    std::fprintf(stderr, "Setting up four tokens and two vaults in %s\n", directory.path().c_str());
  }
  FLORIN_TRY(World world, SetUpWorld(options, directory.path(), SystemClock().Now()));

  DemoReport report;
  report.payments = options.payments;
  report.threads =
      options.threads != 0 ? options.threads : std::max(1U, std::thread::hardware_concurrency());
  FLORIN_TRY(report.published, OpenPublishedTokens(*world.psp));
  for (std::size_t first = 0; first < options.payments; first += kPaymentsAtOnce) {
    RunPart(world, options, first, std::min(first + kPaymentsAtOnce, options.payments), report);
  }
  return report;
}

}  // namespace

int RunDemo(const DemoOptions& options) {
  auto report = Run(options);
  if (!report.ok()) {
    std::fprintf(stderr, "florin demo: %s (%s, %u)\n", report.error().message(),
                 ErrorCodeName(report.error().code()), report.error().detail());
    return 1;
  }
  const std::string text = options.json ? ReportAsJson(*report) + "\n" : ReportAsText(*report);
  std::fputs(text.c_str(), stdout);
  return report->ok() ? 0 : 1;
}

}  // namespace florin::demo
