// Compilations that are killed, run out of disk, or write into one folder at the same time: the folder holds what one
// of them writes, or the next one repairs it, and what was edited by hand is refused all the while.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <future>
#include <sstream>

#include "generated.h"
#include "support/shell.h"

namespace intaglio_cli {
namespace {

namespace fs = std::filesystem;

using Contents = std::map<std::string, std::string>;

const std::string record = "net.unfinished.json";

/// Three generations that differ in which files there are and in what they hold.
const std::vector<Words> generations = {
    {}, {"--selftest", "--weights", "external", "--target", "scalar"}, {"--weights", "incbin", "--parallel", "2"}};

class UnfinishedFolder : public testing::Test {
 protected:
  UnfinishedFolder() {
    for (size_t i = 0; i < generations.size(); ++i) {
      EXPECT_EQ(compile(i).status, 0);
      clean.push_back(contents(folder));
      fs::remove_all(folder);
    }
  }

  Words command(size_t generation) const {
    return Words{"compile", small, "-o", folder, "--name", "net"} + generations[generation];
  }

  Outcome compile(size_t generation, const std::string& setting = {}) const {
    return intaglio(command(generation), setting);
  }

  /// Makes the folder hold these files and nothing else; none: removes it.
  void restore(const Contents& files) const {
    fs::remove_all(folder);
    for (const auto& [file, text] : files) write_file(folder / file, text);
  }

  const TemporaryFolder scratch;
  const fs::path folder = scratch / "net";
  std::vector<Contents> clean;  ///< by generation
};

/// With a library that strikes at a chosen call.
class StruckFolder : public UnfinishedFolder {
 protected:
  StruckFolder() {
    const Outcome outcome = run({"gcc", "-shared", "-fPIC", "-O1", "-o", scratch / "strike.so",
                                 fs::path(INTAGLIO_TESTS_DIR) / "cli/strike.c", "-ldl"});
    EXPECT_EQ(outcome.status, 0) << outcome.err;
  }

  Outcome struck(size_t generation, const char* how, size_t at) const {
    return compile(generation, "ASAN_OPTIONS=verify_asan_link_order=0 LD_PRELOAD='" + (scratch / "strike.so").string() +
                                   "' STRIKE=" + how + " STRIKE_AT=" + std::to_string(at));
  }

  /// Calls `check(at)` for each call of generation 1 at which it can be killed, above nothing and above generation 0.
  template <class Check>
  void at_every_call(Check&& check) const {
    for (const Contents& before : {Contents(), clean[0]}) {
      for (size_t at = 1;; ++at) {
        restore(before);
        const Outcome outcome = struck(1, "kill", at);
        if (outcome.status == 0) {
          EXPECT_GT(at, 20u);  // five files or more are written and renamed
          break;
        }
        ASSERT_EQ(outcome.status, 128 + 9) << outcome.err;
        check(at);
        if (HasFailure()) FAIL() << "killed at call " << at;
      }
    }
  }
};

TEST_F(StruckFolder, KilledAnywhereIsRepairedByAnyNextCompilation) {
  size_t records = 0, mixtures = 0;
  at_every_call([&](size_t) {
    const Contents left = contents(folder);
    const auto is_new = [&](const char* file) { return left.count(file) != 0 && left.at(file) == clean[1].at(file); };
    records += left.count(record);
    mixtures += is_new("net.h") && !is_new("net.manifest.json");
    for (size_t next = 0; next < generations.size(); ++next) {
      restore(left);
      const Outcome outcome = compile(next);
      EXPECT_EQ(outcome.status, 0) << "next: " << next << "\n" << outcome.err;
      EXPECT_EQ(contents(folder), clean[next]) << "next: " << next;
    }
  });
  EXPECT_GT(records, 10u);
  EXPECT_GT(mixtures, 10u);
}

TEST_F(StruckFolder, KilledTwiceIsRepaired) {
  at_every_call([&](size_t at) {
    const Contents left = contents(folder);
    for (size_t second = 1 + at % 17; second < 50; second += 17) {
      restore(left);
      if (struck(2, "kill", second).status == 0) break;
      const Outcome outcome = compile(0);
      EXPECT_EQ(outcome.status, 0) << "then at " << second << "\n" << outcome.err;
      EXPECT_EQ(contents(folder), clean[0]) << "then at " << second;
    }
  });
}

TEST_F(StruckFolder, EditsAreRefusedAfterAKill) {
  at_every_call([&](size_t at) {
    if (!fs::exists(folder / "net.h")) return;
    write_file(folder / "net.h", read_file(folder / "net.h") + "/* my change */\n");
    Contents edited = contents(folder);
    std::erase_if(edited, [](const auto& file) { return file.first.rfind(".intaglio-", 0) == 0; });
    const Outcome outcome = compile(at % 3);
    EXPECT_EQ(outcome.status, 1);
    EXPECT_NE(outcome.err.find("net.h: was edited by hand"), std::string::npos) << outcome.err;
    EXPECT_EQ(contents(folder), edited);
  });
}

TEST_F(StruckFolder, ANewFolderThatWasNotFinishedHoldsItsModel) {
  size_t refused = 0;
  for (size_t at = 1;; ++at) {
    restore({});
    if (struck(1, "kill", at).status == 0) break;
    if (!fs::exists(folder / record)) continue;
    ++refused;
    const Outcome outcome = intaglio({"compile", small, "-o", folder, "--name", "other"});
    EXPECT_EQ(outcome.status, 1);
    EXPECT_NE(outcome.err.find("holds the generated model 'net'"), std::string::npos) << outcome.err;
  }
  EXPECT_GT(refused, 10u);
}

TEST_F(StruckFolder, TerminatedAnywhereLeavesOldOrNewAndNothingElse) {
  for (const Contents& before : {Contents(), clean[0]}) {
    size_t olds = 0, news = 0;
    for (size_t at = 1;; ++at) {
      restore(before);
      const Outcome outcome = struck(1, "terminate", at);
      if (outcome.status == 0) break;
      ASSERT_EQ(outcome.status, 128 + 15) << outcome.err;
      const Contents left = contents(folder);
      EXPECT_TRUE(left == before || left == clean[1]) << "at call " << at;
      if (left.empty()) EXPECT_FALSE(fs::exists(folder)) << "at call " << at;
      ++(left == before ? olds : news);
    }
    EXPECT_GT(olds, 5u);
    EXPECT_GT(news, 5u);
  }
}

TEST_F(StruckFolder, WhatCannotBeWrittenLeavesWhatWasThere) {
  size_t refused = 0, undone = 0;
  for (const Contents& before : {Contents(), clean[0]}) {
    for (size_t at = 1; at < 50; ++at) {
      restore(before);
      const Outcome outcome = struck(1, "fail", at);
      if (outcome.status != 0) {
        ++refused;
        EXPECT_EQ(outcome.status, 1) << outcome.err;
        EXPECT_EQ(outcome.err.rfind("error: ", 0), 0u) << outcome.err;
        EXPECT_NE(outcome.err.find("cannot be written: No space left on device"), std::string::npos) << outcome.err;
        if (!fs::exists(folder / record)) {
          ++undone;
          EXPECT_EQ(contents(folder), before);
          EXPECT_EQ(fs::exists(folder), !before.empty());
        }
      }
      EXPECT_EQ(compile(2).status, 0);
      EXPECT_EQ(contents(folder), clean[2]) << "failure of call " << at;
    }
  }
  EXPECT_GT(refused, 40u);
  EXPECT_GT(undone, 20u);
}

TEST(Terminated, RemovesItsTemporaryFolderAndEndsWhatItStarted) {
  const TemporaryFolder scratch;
  const fs::path temporary = scratch / "tmp";
  fs::create_directories(temporary);
  write_file(scratch / "compiler", "#!/bin/sh\necho $$ >'" + (scratch / "ready").string() + "'\nsleep 100\n");
  fs::permissions(scratch / "compiler", fs::perms::owner_all);
  for (const char* signal : {"TERM", "INT", "HUP"}) {
    fs::remove(scratch / "ready");
    const Outcome outcome = run({"bash", "-c", R"sh(
set -m  # background jobs take SIGINT
TMPDIR=$3 "$1" verify "$2" --cxx "$4/compiler" & pid=$!
while [ ! -s "$4/ready" ]; do sleep 0.02; done
kill -$5 $pid; wait $pid; echo $?
for i in $(seq 100); do  # until it is gone, or its new parent has only to take note
  case "$(sed 's/.*) //' /proc/$(cat "$4/ready")/stat 2>/dev/null)" in ''|Z*) exit;; esac
  sleep 0.02
done
echo alive)sh",
                                 "sh", program(), small, temporary, scratch.path(), signal});
    const std::string expected = signal == std::string("TERM") ? "143" : signal == std::string("INT") ? "130" : "129";
    EXPECT_EQ(outcome.out, expected + "\n") << outcome.err;
    EXPECT_TRUE(fs::is_empty(temporary)) << signal;
  }
}

TEST_F(UnfinishedFolder, FilesThatShallBeWrittenAreOurs) {
  Contents mixed = clean[0];
  size_t taken = 0;
  for (const auto& [file, text] : clean[1]) {
    if (file != "net.manifest.json" && taken++ % 2 == 0) mixed[file] = text;
  }
  restore(mixed);
  EXPECT_EQ(compile(2).status, 1);  // nothing says where they come from
  EXPECT_EQ(contents(folder), mixed);
  const Outcome outcome = compile(1);
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(contents(folder), clean[1]);
}

TEST_F(UnfinishedFolder, DamagedRecordIsRefused) {
  for (const char* text : {"", "{", "[]", R"({"files": 1})"}) {
    restore(clean[0]);
    write_file(folder / record, text);
    const Outcome outcome = compile(0);
    EXPECT_EQ(outcome.status, 1);
    EXPECT_NE(outcome.err.find(record + ": is not a record"), std::string::npos) << outcome.err;
  }
}

TEST_F(UnfinishedFolder, ManyAtOnceLeaveOneOfThem) {
  for (int round = 0; round < 6; ++round) {
    if (round % 2 == 0) fs::remove_all(folder);
    std::string script = "pids=; ";
    for (size_t process = 0; process < 9; ++process) {
      script += intaglio::shell_quoted(program());
      for (const std::string& word : command(process % 3)) script += " '" + word + "'";
      script += " >'" + scratch.path().string() + "/report' & pids=\"$pids $!\"; ";
    }
    const Outcome outcome = run({"sh", "-c", script + "for pid in $pids; do wait $pid || echo failed; done"});
    EXPECT_EQ(outcome.out, "") << outcome.err;
    EXPECT_NE(std::find(clean.begin(), clean.end(), contents(folder)), clean.end());
    EXPECT_EQ(compile(0).status, 0);
    EXPECT_EQ(contents(folder), clean[0]);
  }
}

TEST_F(UnfinishedFolder, IsWaitedForWhileAnotherHoldsIt) {
  restore(clean[0]);
  const int held = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  ASSERT_EQ(flock(held, LOCK_EX), 0);
  std::future<Outcome> waiting = std::async(std::launch::async, [&] { return compile(1); });
  EXPECT_EQ(waiting.wait_for(std::chrono::milliseconds(1500)), std::future_status::timeout);
  EXPECT_EQ(contents(folder), clean[0]);
  close(held);
  const Outcome outcome = waiting.get();
  EXPECT_EQ(outcome.status, 0);
  EXPECT_NE(outcome.err.find("note: waiting for another compilation"), std::string::npos) << outcome.err;
  EXPECT_EQ(contents(folder), clean[1]);
}

TEST_F(UnfinishedFolder, DepfileAppearsWhole) {
  const fs::path depfile = scratch / "net.d";
  for (const std::string& to : {depfile.string(), std::string("/dev/stdout")}) {
    const Outcome outcome = intaglio(command(0) + Words{"--depfile", to});
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    const std::string rule = to == "/dev/stdout" ? outcome.out : read_file(depfile);
    EXPECT_EQ(rule.rfind((folder / "net.manifest.json").string() + ": ", 0), 0u) << rule;
  }
  fs::remove_all(folder);
  for (const fs::path& to : {scratch / "absent/net.d", folder / "absent/net.d", scratch.path(), depfile / "net.d"}) {
    const Outcome outcome = intaglio(command(0) + Words{"--depfile", to});
    EXPECT_EQ(outcome.status, 1) << to;
    EXPECT_NE(outcome.err.find(to.string() + ": cannot be written: "), std::string::npos) << outcome.err;
    EXPECT_FALSE(fs::exists(folder)) << to;
  }
  EXPECT_EQ(intaglio(command(0) + Words{"--depfile", folder / "net.d"}).status, 0);
  EXPECT_EQ(std::distance(fs::directory_iterator(scratch.path()), fs::directory_iterator()), 2);  // no temporaries
}

}  // namespace
}  // namespace intaglio_cli
