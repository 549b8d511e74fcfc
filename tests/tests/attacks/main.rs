//! The attack suite: guests that try to get out of their sandbox, or to bring
//! their host down, and what the host looks like afterwards.
//!
//!     cargo test -p tests --test attacks
//!
//! One file a subject. Most attacks are a host call, or a scene of several, that a
//! guest makes as the script says that it is given (`guests/calls.wat`). Every such
//! scene has a tree outside the mount, of which not even the times may change. Others
//! are runs: of models, and of searches (`model`, `depths`).

mod bounds;
mod depths;
mod escapes;
mod exhaustion;
mod instances;
mod links;
mod model;
mod padding;
mod paths;
mod pointers;
mod polling;
mod process;
mod races;
mod read_only;
mod scene;
mod sizes;
mod sockets;
mod special_files;
mod values;
mod witness;

use std::process::ExitCode;

use libtest_mimic::{Arguments, Trial};

/// Tests by their names.
macro_rules! trials {
    ($($test:path),* $(,)?) => {
        vec![$(Trial::test(stringify!($test), || {
            $test();
            Ok(())
        })),*]
    };
}

fn main() -> ExitCode {
    let trials = trials![
        bounds::a_path_through_long_links_takes_no_long_time_while_files_are_renamed,
        bounds::a_path_in_memory_has_so_many_components_and_no_more,
        bounds::a_directory_deep_in_memory_cannot_be_moved_but_files_can,
        bounds::the_caller_of_a_stopped_run_does_not_wait_for_its_memory,
        bounds::a_read_of_a_long_input_is_left_when_it_is_time,
        bounds::the_caller_of_a_stopped_run_does_not_wait_for_its_files,
        bounds::a_guest_that_exits_just_before_its_deadline_is_not_late_with_its_files,
        bounds::descriptors_of_a_busy_mount_are_closed_without_waiting_for_others,
        depths::other_threads_continue_while_guests_act_near_the_end_of_their_stacks,
        depths::a_guest_that_writes_too_much_near_the_end_of_its_stack_is_stopped,
        depths::a_guest_that_computes_near_the_end_of_its_stack_is_stopped,
        depths::a_guest_that_runs_out_of_fuel_near_the_end_of_its_stack_is_stopped,
        escapes::paths_that_lead_through_the_outside_fail,
        escapes::links_to_the_outside_are_only_themselves,
        escapes::a_directory_confines_what_is_opened_through_it,
        exhaustion::files_are_opened_until_there_are_too_many,
        exhaustion::directories_nest_until_there_are_too_many,
        exhaustion::a_million_files_do_not_fit_a_small_memory,
        exhaustion::a_removed_file_takes_room_while_it_is_open,
        exhaustion::a_full_mount_returns_no_more_bytes_than_it_holds,
        exhaustion::a_listing_shows_everything_though_others_begin_and_files_go,
        instances::bytes_of_one_run_are_not_read_by_another_run_or_program,
        instances::a_guest_that_is_left_deep_in_its_stack_leaves_no_lock_held,
        instances::a_guest_that_computes_deep_in_its_stack_times_out,
        instances::a_guest_that_touches_new_pages_is_stopped_in_time,
        instances::a_large_memory_that_is_given_back_holds_no_other_run_up,
        instances::many_element_segments_are_written_in_time,
        instances::large_tables_cost_what_is_touched_of_them,
        instances::tables_count_as_memory,
        instances::the_last_of_data_segments_that_overlap_wins_in_every_run,
        instances::data_that_is_spread_takes_its_own_size_in_the_binary,
        exhaustion::listings_that_are_kept_whole_take_sixteen_mebibytes_at_most,
        links::symlinks_to_the_outside_lead_nowhere,
        links::absolute_targets_are_not_for_a_guest_to_make_or_read,
        links::nothing_is_linked_into_a_directory_that_was_removed,
        links::a_directory_with_links_stays_confined_where_it_is_moved,
        links::mkdir_over_a_link_to_a_directory_makes_nothing,
        links::a_file_that_is_renamed_to_a_link_replaces_the_link,
        links::hard_links_go_neither_across_mounts_nor_outside,
        links::a_link_that_ends_in_a_slash_is_not_for_a_file,
        links::loops_end,
        model::every_run_finds_its_memory_as_its_module_says,
        model::so_does_every_run_where_the_system_does_not_say_what_was_touched,
        model::so_does_every_run_on_many_threads_at_once,
        padding::every_structure_is_zero_where_it_says_nothing,
        paths::dots_slashes_and_nothing_stay_inside,
        paths::strings_that_are_not_paths_are_refused,
        pointers::every_wild_argument_of_every_function_is_survived,
        pointers::results_may_overlap_arguments,
        polling::nothing_and_too_much_are_refused,
        polling::times_are_exact_at_both_ends,
        polling::a_million_subscriptions_are_answered,
        process::exit_codes_are_exact,
        process::no_signal_is_raised,
        races::a_directory_that_becomes_a_link_is_not_followed,
        races::nothing_is_changed_through_a_directory_that_becomes_a_link,
        read_only::nothing_changes_whatever_rights_are_asked_for,
        read_only::renumbered_descriptors_stay_read_only,
        sizes::huge_sizes_are_refused_or_cost_nothing,
        sockets::no_descriptor_is_a_socket,
        special_files::fifos_sockets_and_devices_are_refused_at_once,
        values::undefined_values_are_invalid,
    ];
    let conclusion = libtest_mimic::run(&Arguments::from_args(), trials);
    println!(
        "{} attacks made, {} scenes failed",
        scene::attacks(),
        conclusion.num_failed
    );
    conclusion.exit_code()
}
