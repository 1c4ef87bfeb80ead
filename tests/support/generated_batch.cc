// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "support/generated_batch.h"

#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <stdexcept>

#include "backend/interface.h"
#include "planning.h"
#include "support/shared_kernels.h"
#include "target/host.h"

namespace intaglio::testing {

namespace fs = std::filesystem;

struct GeneratedBatch::Model {
  std::string name;
  std::vector<Program::Port> inputs, outputs;
  int64_t arena_bytes = 0;
  double estimated_error = 0;
  int (*run)(const void* memory, const void* io) = nullptr;  ///< of one task
  int (*run_parallel)(const void* memory, const void* io, const void* parallel) = nullptr;
};

namespace {

constexpr size_t guard_bytes = 4096;
constexpr unsigned char guard_pattern = 0xa5;

/// Bytes that end at an unmapped page and start behind a guard pattern; NaN bits inside.
class GuardedBuffer {
 public:
  explicit GuardedBuffer(size_t bytes) : bytes_(bytes) {
    const size_t page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
    mapped_ = (bytes + guard_bytes + page - 1) / page * page + page;
    base_ =
        static_cast<unsigned char*>(mmap(nullptr, mapped_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    if (base_ == MAP_FAILED) throw std::runtime_error("mmap failed");
    mprotect(base_ + mapped_ - page, page, PROT_NONE);
    data_ = base_ + mapped_ - page - bytes;
    std::memset(base_, guard_pattern, static_cast<size_t>(data_ - base_));
    std::memset(data_, 0xff, bytes);
  }
  ~GuardedBuffer() { munmap(base_, mapped_); }
  GuardedBuffer(const GuardedBuffer&) = delete;
  GuardedBuffer& operator=(const GuardedBuffer&) = delete;
  unsigned char* data() const { return data_; }
  size_t size() const { return bytes_; }
  bool intact() const {
    return std::all_of(base_, data_, [](unsigned char byte) { return byte == guard_pattern; });
  }

 private:
  size_t bytes_, mapped_ = 0;
  unsigned char *base_ = nullptr, *data_ = nullptr;
};

/// An intaglio_parallel that runs the last task first.
void backwards(void*, void (*task)(void* data, int index), void* data, int tasks) {
  for (int i = tasks - 1; i >= 0; --i) task(data, i);
}

}  // namespace

namespace {

/// The target whose instructions stand in for those that this machine lacks.
const Target& runnable(const Target& target, bool halves) {
  const bool replaced = halves && target.name == "avx512" && !host_runs(target);
  return replaced ? *find_target("avx2") : target;
}

}  // namespace

GeneratedBatch::GeneratedBatch(const Target& target, BatchOptions options)
    : target_(target), options_(std::move(options)) {}

GeneratedBatch::~GeneratedBatch() = default;

bool GeneratedBatch::can_run(const Target& target, bool halves) { return host_runs(runnable(target, halves)); }

size_t GeneratedBatch::add(const Graph& graph) { return add(graph, options_.disabled); }

size_t GeneratedBatch::add(const Graph& graph, const std::set<Switch>& disabled) {
  const Planned planned =
      lower_and_plan(graph, target_, {options_.numerics, disabled, false, options_.tuning}, options_.tasks);
  auto model = std::make_unique<Model>();
  model->name = fmt::format("model{}", models_.size());
  model->inputs = planned.program.inputs;
  model->outputs = planned.program.outputs;
  model->arena_bytes = planned.arena.bytes;
  if (planned.program.accuracy) model->estimated_error = planned.program.accuracy->estimate;
  GenerateOptions as;
  as.name = model->name;
  as.source = "test";
  as.numerics = options_.numerics;
  as.weights = WeightStorage::incbin;
  for (const GeneratedFile& file : generate(planned.program, planned.arena, target_, as)) {
    const fs::path path = folder_ / file.path;
    fs::create_directories(path.parent_path());
    std::ofstream stream(path, std::ios::binary);
    file.write([&](std::string_view piece) { stream.write(piece.data(), static_cast<std::streamsize>(piece.size())); });
  }
  models_.push_back(std::move(model));
  return models_.size() - 1;
}

double GeneratedBatch::estimated_error(size_t model) const { return models_.at(model)->estimated_error; }

void GeneratedBatch::build() {
  // Headers first, at file scope; then each model inside a namespace of its own, so that equal names of different
  // kernels do not meet.
  std::vector<std::string> units;
  for (size_t first = 0; first < models_.size(); first += options_.models_per_unit) {
    units.push_back(fmt::format("unit{}.cpp", units.size()));
    SharedKernels shared_kernels;
    std::ofstream source(folder_ / units.back());
    for (std::string_view header : {target_.simd_header, std::string_view("math.h"), std::string_view("fast_math.h"),
                                    std::string_view("border.h"), std::string_view("convolution.h")}) {
      const fs::path path = fs::path("intaglio") / header;  // strict numerics have no fast_math.h
      if (fs::exists(folder_ / path)) source << "#include \"" << path.string() << "\"\n";
    }
    for (size_t i = first; i < std::min(models_.size(), first + options_.models_per_unit); ++i) {
      const std::string& name = models_[i]->name;
      const fs::path kernels = folder_ / (name + ".cpp");
      const std::string shared = shared_kernels.share(read_file(kernels), "in_" + name);
      std::ofstream(kernels, std::ios::binary) << shared;
      source << fmt::format(
          "#include \"{0}.h\"\nnamespace in_{0} {{\n#include \"{0}.cpp\"\n}}\n#include \"{0}_weights.cpp\"\n", name);
    }
  }
  const Target& compiled = runnable(target_, options_.halves);
  if (&compiled != &target_) {
    fs::copy_file(fs::path(INTAGLIO_TESTS_DIR) / "support" / "simd_avx512_halves.h",
                  folder_ / "intaglio" / target_.simd_header, fs::copy_options::overwrite_existing);
  }
  std::string flags = options_.cxx_flags;
  for (std::string_view flag : compiled.compile_flags) flags += fmt::format(" {}", flag);
  library_.emplace(folder_.path(), units, flags);
  for (auto& model : models_) {
    if (options_.tasks > 1)
      model->run_parallel = library_->symbol<int(const void*, const void*, const void*)>(model->name + "_run_parallel");
    else
      model->run = library_->symbol<int(const void*, const void*)>(model->name + "_run");
  }
}

std::vector<TensorData> GeneratedBatch::run(size_t index, const std::vector<TensorData>& inputs) const {
  const Model& model = *models_[index];
  struct {
    void* arena;
    const void* weights;
  } memory;
  GuardedBuffer arena(static_cast<size_t>(model.arena_bytes));
  memory = {arena.data(), nullptr};
  std::vector<std::unique_ptr<GuardedBuffer>> buffers;
  std::vector<void*> io;
  auto add = [&](size_t bytes) {
    buffers.push_back(std::make_unique<GuardedBuffer>(bytes));
    io.push_back(buffers.back()->data());
    return buffers.back()->data();
  };
  for (const TensorData& input : inputs) {
    unsigned char* data = add(input.bytes().size());
    if (!input.bytes().empty()) std::memcpy(data, input.bytes().data(), input.bytes().size());
  }
  for (const Program::Port& port : model.outputs)
    add(static_cast<size_t>(port.shape.elements()) * element_size(port.type));
  io.push_back(nullptr);  // a model without inputs and outputs has one member
  const struct {
    void (*run)(void* context, void (*task)(void* data, int index), void* data, int tasks);
    void* context;
  } parallel = {backwards, nullptr};
  const int status =
      model.run_parallel ? model.run_parallel(&memory, io.data(), &parallel) : model.run(&memory, io.data());
  if (status != 0) throw std::runtime_error(fmt::format("the run function returned {}", status));
  if (!arena.intact()) throw std::runtime_error("bytes in front of the arena were written");
  std::vector<TensorData> outputs;
  for (size_t i = 0; i < buffers.size(); ++i) {
    if (!buffers[i]->intact())
      throw std::runtime_error(fmt::format("bytes in front of input or output {} were written", i));
    if (i < inputs.size()) {
      if (!inputs[i].bytes().empty() &&
          std::memcmp(buffers[i]->data(), inputs[i].bytes().data(), inputs[i].bytes().size()) != 0) {
        throw std::runtime_error(fmt::format("input {} was written", i));
      }
      continue;
    }
    const Program::Port& port = model.outputs[i - inputs.size()];
    const auto* bytes = reinterpret_cast<const std::byte*>(buffers[i]->data());
    outputs.emplace_back(port.type, port.shape, std::vector<std::byte>(bytes, bytes + buffers[i]->size()));
  }
  return outputs;
}

}  // namespace intaglio::testing
